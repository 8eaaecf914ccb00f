import type { Channel, Priority } from "../words.ts";

/** What to do with a target whose answer was lost: send again under the same ids, or leave it declared `unknown`. */
export type UnknownRule = "resend" | "leave";

export type CategoryPolicy = {
  priority: Priority;
  channels: readonly Channel[];
  /** What is tried when these have failed. */
  ladder?: readonly { channels: readonly Channel[]; afterS?: number | undefined }[];
  /** Attempts per target, the first included. */
  attempts: number;
  unknown: UnknownRule;
  /** Must never double: windows of one target, so that a crash leaves at most one `unknown`. */
  neverDouble: boolean;
  ttlS: number;
  /** Whether its mail can be switched off with one click (RFC 8058); all but `transactional` can where nothing is said. */
  unsubscribe?: boolean;
};

const DAY_S = 86_400;
const base = { attempts: 3, unknown: "resend", neverDouble: false, ttlS: DAY_S } as const;

/** Defaults by category; an app may override each field and add categories of its own. */
export const CATEGORY_DEFAULTS: Record<string, CategoryPolicy> = {
  transactional: {
    ...base,
    priority: "high",
    channels: ["inApp", "mobilePush"],
    ladder: [{ channels: ["sms"] }],
  },
  urgent: { ...base, priority: "high", channels: ["webPush", "mobilePush", "sms"] },
  system: { ...base, priority: "normal", channels: ["inApp", "webPush"] },
  /** The inbox first; the phone rings for those who have not looked into it by then. */
  social: {
    ...base,
    priority: "normal",
    channels: ["inApp"],
    ladder: [{ channels: ["mobilePush"], afterS: 10 }],
  },
  marketing: { ...base, priority: "low", channels: ["email", "webPush"] },
};

export type CategoryOverride = Partial<CategoryPolicy>;

/** Policy of a category, or undefined when neither Clarion nor the app knows it. */
export function categoryPolicy(
  name: string,
  overrides: Record<string, CategoryOverride> = {},
): CategoryPolicy | undefined {
  // A caller's word: "constructor" must not find what every object has.
  const known = Object.hasOwn(CATEGORY_DEFAULTS, name) ? CATEGORY_DEFAULTS[name] : undefined;
  const own = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
  if (known === undefined && own === undefined) return undefined;
  return { ...(known ?? CATEGORY_DEFAULTS["transactional"]!), ...own };
}

/** Targets of one request, where a provider takes many: a walk's window is as many, so that requests are full. */
const BATCH = 1_000;

/** The window of a job whose provider takes many targets in one request: one request is in doubt or none is. */
export const batchWindow = (window: number, walk: boolean): number =>
  walk && window > 1 ? Math.max(window, BATCH) : window;

/** Positions that may be in doubt after one crash (facts: reliability, I3). */
export function sendWindow(policy: Pick<CategoryPolicy, "neverDouble">, walk: boolean): number {
  if (policy.neverDouble) return 1;
  return walk ? 200 : 50;
}
