import type { Job } from "../core/dispatch/job.ts";
import {
  giveSendsBack,
  type Held,
  NO_QUOTA,
  nothingHeld,
  type ProviderQuota,
  type Quota,
  shareOf,
  takeSends,
} from "../core/dispatch/quota.ts";
import { rateStore } from "../storage/rates.ts";
import { now, tableOf } from "./clients.ts";

/** What this environment holds of each quota's window. Jobs of one batch take their turns: each sees what the others have leased. */
type Holding = { window: number; held: Held; turn: Promise<unknown> };
const holdings = new Map<string, Holding>();
const MOST_HELD = 1_000;
/** Where a provider takes nothing at all at present. */
const CLOSED_MS = 600_000;
/** All that wait for the next window must not begin with it. */
const SPREAD = 0.2;

/** A job's part of its provider's quota, which all environments share by one count per window. */
export function quotaFor(job: Pick<Job, "app" | "provider" | "priority">, quota?: ProviderQuota): Quota {
  if (quota === undefined) return NO_QUOTA;
  const { windowMs, per = 1 } = quota;
  const shared = [
    "quota",
    job.provider,
    quota.of === "app" ? job.app : "*",
    ...(quota.pool ? [quota.pool] : []),
  ].join("#");
  const most = shareOf(quota, job.priority);
  let takenIn: number | undefined;
  return {
    most: most * per,
    async take(targets) {
      if (most < 1) return CLOSED_MS;
      const nowMs = now();
      const window = Math.floor(nowMs / windowMs);
      // What is asked for before a job is claimed may be more than it will send at once.
      const sends = Math.min(Math.ceil(targets / per), most);
      const lease = (amount: number) =>
        rateStore(tableOf("guard")).lease(shared, windowMs, amount, most, nowMs);
      const holding = holdingOf(`${shared}#${job.priority}`, window);
      const taking = holding.turn.then(() => takeSends(holding.held, { sends, most, lease }));
      holding.turn = taking.catch(() => undefined); // told to its own caller; the next tries for itself
      takenIn = window;
      return (await taking) ? undefined : (window + 1 + Math.random() * SPREAD) * windowMs - nowMs;
    },
    giveBack(targets) {
      const holding = holdings.get(`${shared}#${job.priority}`);
      // Of a window that is over nobody has anything any more.
      if (holding !== undefined && holding.window === takenIn)
        giveSendsBack(holding.held, Math.min(Math.ceil(targets / per), most));
    },
  };
}

function holdingOf(name: string, window: number): Holding {
  const known = holdings.get(name);
  if (known?.window === window) return known;
  if (holdings.size >= MOST_HELD) holdings.clear();
  const fresh = { window, held: nothingHeld(), turn: Promise.resolve() };
  holdings.set(name, fresh);
  return fresh;
}
