import { type Outcome, wasAnswered } from "./outcome.ts";

/** While a provider is unwell, retries may add this share to its first attempts (reliability F5: <= 1.2x). */
const SHARE = 0.2;
const CEILING = 500;
const START = 20;
/** So that the last jobs of a quiet app are tried again at all. */
const REFILL_PER_S = 2;
/** Weight of one answer in the moving success rate; above WELL retries are free. */
const WEIGHT = 0.02;
const WELL = 0.95;

type Account = { tokens: number; success: number; refilledAtMs: number };

export type RetryBudget = {
  record(app: string, provider: string, answers: Iterable<Outcome>, firstAttempt: boolean): void;
  /** Takes `retries` if the provider is well or they are covered; when not, nothing is taken. */
  take(app: string, provider: string, retries: number): boolean;
};

/** One environment's budget per app and provider; a job that is not covered waits and loses no attempt. */
export function retryBudget(now: () => number): RetryBudget {
  const accounts = new Map<string, Account>();
  const account = (app: string, provider: string): Account => {
    const key = `${app}#${provider}`;
    const found = accounts.get(key) ?? { tokens: START, success: 1, refilledAtMs: now() };
    accounts.set(key, found);
    return found;
  };
  return {
    record(app, provider, answers, firstAttempt) {
      const entry = account(app, provider);
      for (const outcome of answers) {
        const { kind } = outcome;
        if (kind === "throttled" && !wasAnswered(outcome)) continue;
        const failed = kind === "retry" || kind === "throttled" || kind === "unknown";
        entry.success += WEIGHT * ((failed ? 0 : 1) - entry.success);
        if (firstAttempt) entry.tokens = Math.min(CEILING, entry.tokens + SHARE);
      }
    },
    take(app, provider, retries) {
      const entry = account(app, provider);
      const elapsedS = Math.max(0, now() - entry.refilledAtMs) / 1000;
      entry.tokens = Math.min(CEILING, entry.tokens + elapsedS * REFILL_PER_S);
      entry.refilledAtMs = now();
      if (entry.success > WELL) return true;
      const price = Math.min(retries, CEILING);
      if (entry.tokens < price) return false;
      entry.tokens -= price;
      return true;
    },
  };
}
