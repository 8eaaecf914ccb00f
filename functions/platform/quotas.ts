import type { Job } from "../core/dispatch/job.ts";
import { blocksFor, NO_QUOTA, type ProviderQuota, type Quota, shareOf } from "../core/dispatch/quota.ts";
import { rateStore } from "../storage/rates.ts";
import { now, tableOf } from "./clients.ts";

/** Sends that this environment has taken of a window and not used yet. */
const held = new Map<string, { window: number; left: number }>();
const MOST_HELD = 1_000;
/** Where a provider takes nothing at all at present. */
const CLOSED_MS = 600_000;
/** All that wait for the next window must not begin with it. */
const SPREAD = 0.2;

/** A job's part of its provider's quota, which all environments share by one count per window. */
export function quotaFor(job: Pick<Job, "app" | "provider" | "priority">, quota?: ProviderQuota): Quota {
  if (quota === undefined) return NO_QUOTA;
  const shared = [
    "quota",
    job.provider,
    quota.of === "app" ? job.app : "*",
    ...(quota.pool ? [quota.pool] : []),
  ].join("#");
  const most = shareOf(quota, job.priority);
  const { per = 1 } = quota;
  return {
    most: most * per,
    async take(targets) {
      if (most < 1) return CLOSED_MS;
      const nowMs = now();
      const window = Math.floor(nowMs / quota.windowMs);
      const mine = heldOf(`${shared}#${job.priority}`, window);
      // What is asked for before a job is claimed may be more than it will send at once.
      const sends = Math.min(Math.ceil(targets / per), most);
      const wanted = sends - mine.left;
      if (wanted > 0 && !(await lease(wanted))) {
        return (window + 1 + Math.random() * SPREAD) * quota.windowMs - nowMs;
      }
      mine.left -= sends;
      return undefined;

      async function lease(least: number): Promise<boolean> {
        for (const block of blocksFor(quota!, most, least)) {
          const taken = await rateStore(tableOf("guard")).lease(shared, quota!.windowMs, block, most, nowMs);
          if (taken === undefined) continue;
          mine.left += block;
          return true;
        }
        return false;
      }
    },
  };
}

function heldOf(name: string, window: number): { window: number; left: number } {
  const known = held.get(name);
  if (known?.window === window) return known;
  if (held.size >= MOST_HELD) held.clear();
  const fresh = { window, left: 0 };
  held.set(name, fresh);
  return fresh;
}
