import type { Priority } from "../words.ts";

/** What a provider takes in a time, of one app or of the whole account. */
export type ProviderQuota = {
  sends: number;
  windowMs: number;
  of: "app" | "account";
  /** Targets of one send, where it counts requests that each take many (1). */
  per?: number;
  /** Counted apart from the provider's other quotas. */
  pool?: string;
};

/** A job's part of its provider's quota. */
export type Quota = {
  /** Targets of one window at most: a job's own windows must not be larger. */
  readonly most: number;
  /** Takes the sends of so many targets; where they are used up nothing is taken, and the answer is the wait (ms). */
  take(targets: number): Promise<number | undefined>;
};

export const NO_QUOTA: Quota = { most: Number.POSITIVE_INFINITY, take: async () => undefined };

/** Of a window's sends: what is above is kept for those that come before. */
const SHARE: Record<Priority, number> = { high: 1, normal: 0.9, low: 0.8 };
/** An environment takes a twentieth at a time: a write to the shared count for many windows of a job. */
const BLOCKS = 20;

/** How many sends a priority may bring a window's count to. */
export const shareOf = ({ sends }: ProviderQuota, priority: Priority): number =>
  sends < 1 ? 0 : Math.max(1, Math.floor(sends * SHARE[priority]));

/** What is asked of the shared count, most first: a whole block, or at least what is wanted now. */
export function blocksFor(quota: ProviderQuota, most: number, wanted: number): number[] {
  const block = Math.min(most, Math.ceil(quota.sends / BLOCKS));
  return block > wanted ? [block, wanted] : [wanted];
}
