import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Target } from "../../core/dispatch/provider.ts";
import { type Reply, withoutAnswer } from "../transport/reply.ts";
import { apnsOutcome } from "./outcome.ts";
import type { ApnsEnvironment } from "./transport.ts";

/** Of bad tokens Apple slows a sender down soonest: as many in a row are no matter of the environment. */
const MOST_IN_VAIN = 20;
const PAUSE_MS = 10 * 60_000;

export const OTHER_ENVIRONMENT: Record<ApnsEnvironment, ApnsEnvironment> = {
  production: "sandbox",
  sandbox: "production",
};

/** One try at the other environment's host for tokens whose environment is a guess. */
export function otherHost(now: () => number) {
  let inVain = 0;
  let pausedUntilMs = 0;
  const wasInVain = () => {
    inVain++;
    if (inVain < MOST_IN_VAIN) return;
    inVain = 0;
    pausedUntilMs = now() + PAUSE_MS;
  };
  return {
    /** The first host does not know the token, and its environment is the credentials', for want of a named one. */
    isWorthAsking: (target: Pick<Target, "kind" | "environment">, { status, reason }: Outcome): boolean =>
      status === 400 &&
      reason === "BadDeviceToken" &&
      target.environment === undefined &&
      target.kind !== "apnsChannel" &&
      now() >= pausedUntilMs,

    /** @returns `first`, the first host's word, unless the other knows the token or may have taken the message */
    async ask(first: Outcome, send: () => Promise<Reply>): Promise<Outcome> {
      const reply = await send();
      if (reply.kind === "lost") return withoutAnswer(reply);
      const second = reply.kind === "answer" ? apnsOutcome(reply, now()) : first;
      if (knowsToken(second)) {
        inVain = 0;
        return second;
      }
      wasInVain();
      return first;
    },
  };
}

const knowsToken = ({ kind, tokenSuspect }: Outcome): boolean =>
  kind === "accepted" || (kind === "gone" && !tokenSuspect);
