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
  /** Of what was taken so much was not sent: for the next job of this environment. */
  giveBack(targets: number): void;
};

export const NO_QUOTA: Quota = {
  most: Number.POSITIVE_INFINITY,
  take: async () => undefined,
  giveBack: () => undefined,
};

/** Of a window's sends: what is above is kept for those that come before. */
const SHARE: Record<Priority, number> = { high: 1, normal: 0.9, low: 0.8 };
/** How many sends a priority may bring a window's count to. */
export const shareOf = ({ sends }: ProviderQuota, priority: Priority): number =>
  sends < 1 ? 0 : Math.max(1, Math.floor(sends * SHARE[priority]));

/** What one environment holds of a quota's window, which all environments share by one count. */
export type Held = {
  /** Leased and not used yet. */
  left: number;
  used: number;
  /** The shared count as it was last told. */
  counted: number;
  /** So many, or more, were not to be had any more: the count only rises. */
  refused: number;
};

export const nothingHeld = (): Held => ({ left: 0, used: 0, counted: 0, refused: Number.POSITIVE_INFINITY });

/**
 * An environment leases so many times of what it has used in the window: few writes for one that sends much, and
 * hardly anything is held by one that sends a code now and then.
 */
const GROWTH = 3;
/** Of what is left of the window nobody leases more than this part for later. */
const BLOCKS = 20;

/** What is asked of the shared count, most first: a block for what will follow, or what is wanted now. */
export function blocksFor({ used, counted }: Held, most: number, wanted: number): number[] {
  const block = Math.min(used * GROWTH, Math.floor((most - counted) / BLOCKS));
  return block > wanted ? [block, wanted] : [wanted];
}

export type Taking = {
  sends: number;
  /** What the priority may bring the shared count to. */
  most: number;
  /** Adds to the shared count: what it is then, or undefined where there is not so much left. */
  lease(amount: number): Promise<number | undefined>;
};

/** Takes sends out of what is held, and leases more where that is too little. @returns false = the window is used up */
export async function takeSends(held: Held, { sends, most, lease }: Taking): Promise<boolean> {
  const wanted = sends - held.left;
  if (wanted > 0 && !(await leaseMore(held, blocksFor(held, most, wanted), lease))) return false;
  held.left -= sends;
  held.used += sends;
  return true;
}

export function giveSendsBack(held: Held, sends: number): void {
  held.left += sends;
  held.used -= sends;
}

async function leaseMore(held: Held, blocks: readonly number[], lease: Taking["lease"]): Promise<boolean> {
  for (const block of blocks.filter((amount) => amount < held.refused)) {
    const counted = await lease(block);
    if (counted === undefined) {
      held.refused = block;
      continue;
    }
    held.left += block;
    held.counted = counted;
    return true;
  }
  return false;
}
