import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { SendMany } from "../../core/dispatch/provider.ts";

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** China keeps one time all year. */
export const CHINA_MS = 8 * HOUR_MS;

/** The next midnight in China: when the vendors' days begin. */
export const nextMidnightMs = (nowMs: number): number =>
  (Math.floor((nowMs + CHINA_MS) / DAY_MS) + 1) * DAY_MS - CHINA_MS;

/** What a vendor said of a quota, and until when it counts. */
export type Told = { outcome: Outcome; untilMs: number };

/** Where environments tell each other of the quotas of one app and vendor. */
export type DayStore = {
  read(kind: string, nowMs: number): Promise<Told | undefined>;
  write(kind: string, told: Told): Promise<void>;
};

export type DayQuotaOptions = { now(): number; days?: DayStore | undefined };

/** A quota of the day: vendors lower it for tries beyond it, so that one environment's try is enough for all. */
export type DayQuota = {
  /** What targets get without a request while it is used up. */
  spent(): Promise<Outcome | undefined>;
  /** The vendor has said so. */
  end(outcome: Outcome): Promise<void>;
};

/** What others were told is looked up this often. */
const LOOK_MS = 60_000;
/** Then this environment finds it out by its own try. */
const withoutOthers = () => undefined;

/** @param kind which of the vendor's quotas, where it has several */
export function dayQuota({ now, days }: DayQuotaOptions, kind = "all"): DayQuota {
  let told: Told | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    async spent() {
      if (days && (told === undefined || now() >= told.untilMs) && now() - lookedMs >= LOOK_MS) {
        lookedMs = now();
        told = await days.read(kind, now()).catch(withoutOthers);
      }
      return told !== undefined && now() < told.untilMs ? told.outcome : undefined;
    },
    async end(outcome) {
      told = { outcome, untilMs: nextMidnightMs(now()) };
      await days?.write(kind, told).catch(withoutOthers);
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
      const spent = await quota.spent();
      if (spent !== undefined) return targets.map(() => spent);
      const outcomes = await sender.send(targets, call);
      const [first] = outcomes;
      const over = ({ kind, reason }: Outcome) =>
        kind === "rejected" && reason !== undefined && endsDay(reason);
      if (first !== undefined && outcomes.every(over)) await quota.end(first);
      return outcomes;
    },
  };
}
