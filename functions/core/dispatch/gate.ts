import type { Breaker } from "./breaker.ts";
import type { Job } from "./job.ts";
import type { Outcome } from "./outcome.ts";

/** The breaker as one job sees it. */
export type Gate = {
  /** The provider was silent; this job asks it again, with one target. */
  readonly isProbe: boolean;
  /** A request begins; its outcome is told by the returned function. */
  begin(): (outcome: Outcome) => void;
  /** No further request may begin. */
  isShut(): boolean;
  /** How long a job that may not go on should wait. */
  waitMs(): number;
};

const WAIT_MS = 1_000;

export function gateOf(
  breaker: Breaker,
  { app, provider }: Pick<Job, "app" | "provider">,
  isProbe: boolean,
): Gate {
  let asking = isProbe;
  return {
    isProbe,
    begin() {
      const told = breaker.begin(app, provider);
      return (outcome) => {
        asking = false;
        told(outcome);
      };
    },
    isShut: () => !asking && breaker.state(app, provider).kind === "open",
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
  isShut: () => false,
  waitMs: () => WAIT_MS,
});

/** That a provider is down says nothing of the message that found it out: its attempts are not spent on that. */
export const ofProbe = (outcome: Outcome): Outcome =>
  outcome.kind === "retry" ? { ...outcome, kind: "throttled" } : outcome;
