import { type Breaker, isFailure } from "./breaker.ts";
import type { Outcome } from "./outcome.ts";

/** The breaker as one job sees it. */
export type Gate = {
  /** The provider was silent; this job asks it again, with one target. */
  readonly isProbe: boolean;
  /** A request begins; its outcome is told by the returned function. */
  begin(): (outcome: Outcome) => void;
  /** It was silent when this job began to ask it, and has not answered yet: with more than one target it would wait. */
  isAsking(): boolean;
  /** No further request may begin. */
  isShut(): boolean;
  /** A window has ended: where it was refused, what other environments have seen may shut the gate. */
  compare(): Promise<void>;
  /** How long a job that may not go on should wait. */
  waitMs(): number;
};

const WAIT_MS = 1_000;

/** Tells all environments of one more failure. @returns how many there have been in a row */
export type TellFailure = () => Promise<number>;

export function gateOf(
  breaker: Breaker,
  { app, provider }: { app: string; provider: string },
  isProbe: boolean,
  tellFailure: TellFailure,
): Gate {
  let asking = isProbe;
  /** Since the last comparison: what failed long ago is told once. */
  let failed = false;
  return {
    isProbe,
    begin() {
      const told = breaker.begin(app, provider);
      return (outcome) => {
        if (!outcome.unasked) asking = false;
        failed ||= isFailure(outcome);
        told(outcome);
      };
    },
    isAsking: () => asking,
    isShut: () => !asking && breaker.state(app, provider).kind === "open",
    async compare() {
      const isNew = failed;
      failed = false;
      if (isNew && breaker.isDoubtful(app, provider))
        breaker.failedElsewhere(app, provider, await tellFailure());
    },
    waitMs() {
      const state = breaker.state(app, provider);
      return state.kind === "open" ? state.waitMs : WAIT_MS;
    },
  };
}

/** For a provider that is many servers: that one person's is down says nothing of another's. */
export const openGate = (): Gate => ({
  isProbe: false,
  begin: () => () => undefined,
  isAsking: () => false,
  isShut: () => false,
  compare: async () => undefined,
  waitMs: () => WAIT_MS,
});
