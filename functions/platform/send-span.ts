import type { PreparedSend } from "../core/dispatch/provider.ts";
import { beginSpan, childSpan, isTold, type SpanFacts } from "./spans.ts";

export type SendSpan = {
  /** Goes out with every request. */
  traceparent: string | undefined;
  /** The same requests, counted. */
  counted(send: PreparedSend): PreparedSend;
  /** Tells the span, if any request was made. @returns how many targets the provider accepted */
  end(): number;
};

/** The requests of one job to its provider, from the first one's beginning to the last one's answer. */
export function sendSpan(parent: string | undefined, job: SpanFacts): SendSpan {
  const own = childSpan(parent);
  // Unsampled, a target must not pay for a promise more.
  if (!isTold(own)) return { traceparent: own, counted: (send) => send, end: () => 0 };
  const facts = { ...job, targets: 0, accepted: 0 };
  let tell: ReturnType<typeof beginSpan> | undefined;
  let atMs = 0;
  return {
    traceparent: own,
    counted: (send) => async (target, call) => {
      tell ??= beginSpan({ name: "send", parent, facts }, own);
      facts.targets++;
      try {
        const outcome = await send(target, call);
        if (outcome.kind === "accepted") facts.accepted++;
        return outcome;
      } finally {
        atMs = performance.now();
      }
    },
    end() {
      tell?.({ atMs });
      return facts.accepted;
    },
  };
}
