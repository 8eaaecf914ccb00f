import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { SendCall, SendMany, Target } from "../../core/dispatch/provider.ts";

/** Enough to find two tokens among a thousand. */
const MOST_REQUESTS = 40;
/** Halves, quarters and eighths, all refused: it is the message that is refused. */
const MESSAGE_AFTER = 2 + 4 + 8;

/** With less time than this left, no further request is begun: one that is cut off leaves its targets in doubt. */
const LEAST_MS = 500;

/** Of those for whom no request or no time is left: nothing was sent to them. */
const LATER: Outcome = { kind: "retry", reason: "sent_apart", retryAfterMs: 5_000 };

/**
 * For vendors that refuse a whole request and do not say for which token: it is sent again in halves until the bad
 * tokens stand alone. Otherwise one device with a made-up token would keep a message from a thousand others. Only
 * for refusals by which the vendor has taken nothing.
 */
export function apart(sender: SendMany, mayBeOnes: (outcome: Outcome) => boolean): SendMany {
  // Kept for the job's later requests: a message that is refused itself is not taken apart each time.
  let isMessageRefused = false;

  async function inHalves(targets: readonly Target[], call: SendCall, refused: Outcome) {
    const outcomes = new Map<Target, Outcome>();
    const told = (group: readonly Target[], said: readonly Outcome[]) => {
      for (const [index, target] of group.entries()) outcomes.set(target, said[index]!);
    };
    const groups = halves(targets);
    let isOthers = false;
    let isSlowedDown = false;
    const mayAsk = (requests: number) =>
      groups.length > 0 &&
      !isSlowedDown &&
      requests < (isOthers ? MOST_REQUESTS : MESSAGE_AFTER) &&
      Date.now() + LEAST_MS < call.deadlineMs;
    let requests = 0;
    // Widest first: one bad token leaves the other half free at once.
    for (; mayAsk(requests); requests++) {
      const group = groups.shift()!;
      const said = await sender.send(group, call);
      const isRefused = said.every(mayBeOnes);
      isOthers ||= !isRefused;
      isSlowedDown = said.some(({ kind }) => kind === "throttled");
      if (group.length > 1 && isRefused) groups.push(...halves(group));
      else told(group, said);
    }
    const isMessages = !isOthers && requests >= MESSAGE_AFTER;
    isMessageRefused ||= isMessages;
    const left = isMessages ? refused : LATER;
    return targets.map((target) => outcomes.get(target) ?? left);
  }

  return {
    most: sender.most,
    async send(targets, call) {
      const outcomes = await sender.send(targets, call);
      if (isMessageRefused || targets.length < 2 || !outcomes.every(mayBeOnes)) return outcomes;
      return inHalves(targets, call, outcomes[0]!);
    },
  };
}

function halves(targets: readonly Target[]): [readonly Target[], readonly Target[]] {
  const middle = Math.ceil(targets.length / 2);
  return [targets.slice(0, middle), targets.slice(middle)];
}
