/** Bad-token answers are judged over this window per app and provider. */
export const VERDICT_WINDOW_MS = 600_000;
const ENOUGH = 20;
const TOO_MANY = 0.2;
/** Of a small app all answers being bad says as much. */
const ENOUGH_WITHOUT_A_GOOD_ONE = 5;

export type Window = { results: number; bad: number };

/**
 * Whether so many of a window's answers call tokens bad that the configuration is the likelier cause:
 * at least 20 results and more than a fifth of them, or at least 5 and all of them.
 */
export function suspectsConfiguration({ results, bad }: Window): boolean {
  if (bad >= results) return results >= ENOUGH_WITHOUT_A_GOOD_ONE;
  return results >= ENOUGH && bad / results > TOO_MANY;
}

/** On `ingest`, once the window is over: remove these tokens, or keep them all. */
export type JudgeTokens = {
  v: 1;
  kind: "judge";
  app: string;
  provider: string;
  /** Windows the answers fell into. */
  window: number;
  tokens: {
    user: string;
    device: string;
    token: string;
    registeredAtMs: number;
    reason: string;
    atMs: number;
  }[];
};
