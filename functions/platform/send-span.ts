import type { Outcome } from "../core/dispatch/outcome.ts";
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
    counted(send) {
      const counting = async <T>(
        targets: number,
        request: () => Promise<T>,
        outcomes: (answer: T) => readonly Outcome[],
      ) => {
        tell ??= beginSpan({ name: "send", parent, facts }, own);
        facts.targets += targets;
        try {
          const answer = await request();
          for (const { kind } of outcomes(answer)) if (kind === "accepted") facts.accepted++;
          return answer;
        } finally {
          atMs = performance.now();
        }
      };
      if (typeof send === "function")
        return (target, call) =>
          counting(
            1,
            () => send(target, call),
            (outcome) => [outcome],
          );
      return {
        most: send.most,
        send: (targets, call) =>
          counting(
            targets.length,
            () => send.send(targets, call),
            (outcomes) => outcomes,
          ),
      };
    },
    end() {
      tell?.({ atMs });
      return facts.accepted;
    },
  };
}
