import { deviceHash, userHash } from "../core/hash.ts";
import { RECENT_BUCKET_MS, recentKey } from "./keys.ts";
import { type Item, type Key, type Table, ttlOf } from "./table.ts";

/** Jobs older than this are read as if this old: their ledgers expire sooner than that anyway. */
const LONGEST_MS = 90 * RECENT_BUCKET_MS;
const KEPT_MS = 26 * 3_600_000;

export type RecentChange = "erased" | "moved";

/**
 * Erased users and devices whose token moved, per app and quarter of an hour: what a job under way must not
 * send to any more. About 30 bytes a change; one read per job tells.
 */
export function recentChanges(guard: Table) {
  return {
    async note(
      app: string,
      user: string,
      device: string | undefined,
      what: RecentChange,
      atMs: number,
    ): Promise<void> {
      await guard.update(recentKey(app, atMs), "ADD changes :change SET #ttl = :ttl", {
        names: { "#ttl": "ttl" },
        values: {
          ":change": new Set([`${entry(user, device, what)}@${atMs.toString(36)}`]),
          ":ttl": ttlOf(atMs + KEPT_MS),
        },
      });
    },

    /** Keys to read for a job that was planned at `sinceMs`. */
    keys(app: string, sinceMs: number, nowMs: number): Key[] {
      const keys: Key[] = [];
      // A clock a little behind ours may have written into the bucket before.
      const first = Math.max(sinceMs, nowMs - LONGEST_MS) - RECENT_BUCKET_MS / 15;
      for (let at = first; at < nowMs + RECENT_BUCKET_MS; at += RECENT_BUCKET_MS)
        keys.push(recentKey(app, Math.min(at, nowMs)));
      return [...new Map(keys.map((key) => [key.pk, key])).values()];
    },

    /** Why a device must not be sent to by a job that was planned at `plannedAtMs`. */
    judge(items: readonly Item[], plannedAtMs: number): (user: string, device: string) => string | undefined {
      const changes = new Map<string, number>();
      for (const text of items.flatMap((item) => [...((item["changes"] as Set<string> | undefined) ?? [])])) {
        const [key, at] = text.split("@") as [string, string];
        changes.set(key, Math.max(changes.get(key) ?? 0, Number.parseInt(at, 36)));
      }
      if (changes.size === 0) return () => undefined;
      const since = (key: string) => (changes.get(key) ?? 0) >= plannedAtMs;
      return (user, device) => {
        if (since(entry(user, undefined, "erased"))) return "user_erased";
        if (since(entry(user, device, "erased"))) return "device_removed";
        return since(entry(user, device, "moved")) ? "token_moved" : undefined;
      };
    },
  };
}

export type RecentChanges = ReturnType<typeof recentChanges>;

function entry(user: string, device: string | undefined, what: RecentChange): string {
  const hash = device === undefined ? "*" : deviceHash(user, device).toString(36);
  return `${userHash(user).toString("base64url")}.${hash}.${what[0]}`;
}
