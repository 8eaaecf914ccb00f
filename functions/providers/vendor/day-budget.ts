import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { PreparedSend } from "../../core/dispatch/provider.ts";
import { nextMidnightMs } from "./day-quota.ts";

export type DayBudgetOptions = {
  /** Messages that may go out on one of China's days. */
  most: number;
  /** Takes so many of today's for all environments together; false when there is not so much left. */
  lease(amount: number): Promise<boolean>;
  now(): number;
};

/** The operator's own limit (`perDay`) is used up: the vendor is not asked, and another road may be taken. */
const OVER: Outcome = { kind: "rejected", reason: "day_budget" };
/** Nothing was sent: the day's count could not be read. */
const UNCOUNTED: Outcome = { kind: "retry", reason: "day_budget_unknown", unasked: true };

/** How many of `count` messages may go out today; what was taken and is not sent is not given back. */
export function dayBudget({ most, lease, now }: DayBudgetOptions): (count: number) => Promise<number> {
  let spentUntilMs = 0;
  return async (count) => {
    if (now() < spentUntilMs) return 0;
    // All of them, or else half and half again of what the day has left.
    for (let amount = Math.min(count, most); amount >= 1; amount = Math.floor(amount / 2))
      if (await lease(amount)) return amount;
    spentUntilMs = nextMidnightMs(now());
    return 0;
  };
}

/** Sends as many as the day has left, and none of the others. */
export function withinBudget<S extends PreparedSend>(sender: S, take: (count: number) => Promise<number>): S {
  if (typeof sender === "function") return sender; // one at a time: no vendor sends so
  return {
    ...sender,
    async send(targets, call) {
      const granted = await take(targets.length).catch(() => undefined);
      if (granted === undefined) return targets.map(() => UNCOUNTED);
      const some = targets.slice(0, granted);
      const sent = some.length === 0 ? [] : await sender.send(some, call);
      return [...sent, ...targets.slice(granted).map(() => OVER)];
    },
  };
}
