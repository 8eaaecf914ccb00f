import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { SendMany } from "../../core/dispatch/provider.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** China keeps one time all year. */
const CHINA_MS = 8 * HOUR_MS;

/** The next midnight in China: when the vendors' days begin. */
export const nextMidnightMs = (nowMs: number): number =>
  (Math.floor((nowMs + CHINA_MS) / DAY_MS) + 1) * DAY_MS - CHINA_MS;

/** A quota of the day, one for as long as a provider lives: vendors lower it for tries beyond it. */
export type DayQuota = {
  /** What targets get without a request while it is used up. */
  spent(): Outcome | undefined;
  /** The vendor has said so. */
  end(outcome: Outcome): void;
};

export function dayQuota(now: () => number): DayQuota {
  let told: { outcome: Outcome; untilMs: number } | undefined;
  return {
    spent: () => (told !== undefined && now() < told.untilMs ? told.outcome : undefined),
    end(outcome) {
      told = { outcome, untilMs: nextMidnightMs(now()) };
    },
  };
}

/**
 * Sends until the vendor refuses a whole request by a code that ends its day, then not before its midnight.
 * Quotas of single devices are no such codes.
 */
export function withinQuota(quota: DayQuota, sender: SendMany, endsDay: (code: string) => boolean): SendMany {
  return {
    most: sender.most,
    async send(targets, call) {
      const spent = quota.spent();
      if (spent !== undefined) return targets.map(() => spent);
      const outcomes = await sender.send(targets, call);
      const [first] = outcomes;
      const over = ({ kind, reason }: Outcome) =>
        kind === "rejected" && reason !== undefined && endsDay(reason);
      if (first !== undefined && outcomes.every(over)) quota.end(first);
      return outcomes;
    },
  };
}
