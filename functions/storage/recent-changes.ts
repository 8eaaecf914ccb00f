import { deviceHash, userHash } from "../core/hash.ts";
import { placesOf } from "../core/policy/preferences.ts";
import { RECENT_BUCKET_MS, recentKey } from "./keys.ts";
import { getMany, type Item, type Key, type Table, ttlOf } from "./table.ts";

/** So far back is looked in one request, together with what else a job reads (DynamoDB takes 100 keys). */
export const NEAR_MS = 90 * RECENT_BUCKET_MS;
/** A notification lives for 28 days at most, and so long a job may wait: for its app's pause, for a quota. */
export const KEPT_MS = 29 * 86_400_000;
/** About 11 KB: each change pays for the size of its row, and each job reads it. */
const PER_ROW = 250;

export type RecentChange = "erased" | "moved" | "optedOut" | "optedIn";

/**
 * Erased users, devices whose token moved and what people have switched off, per app and quarter of an hour: what a
 * job under way must not send to any more. About 45 bytes a change; one read per job tells, and another where a row
 * is full.
 */
export function recentChanges(guard: Table, { perRow = PER_ROW } = {}) {
  /** False when the row is full: it stays so, and the next of its quarter of an hour takes the change. */
  async function add(key: Key, change: string, atMs: number): Promise<boolean> {
    const { ok } = await guard.update(key, "ADD changes :change SET #ttl = :ttl", {
      condition: "attribute_not_exists(changes) OR size(changes) < :max",
      names: { "#ttl": "ttl" },
      values: { ":change": new Set([change]), ":ttl": ttlOf(atMs + KEPT_MS), ":max": perRow },
    });
    return ok;
  }

  return {
    async note(
      app: string,
      user: string,
      device: string | undefined,
      what: RecentChange,
      atMs: number,
    ): Promise<void> {
      const change = `${entry(user, device, what)}@${atMs.toString(36)}`;
      const { pk } = recentKey(app, atMs);
      let generation = open.get(pk) ?? 0;
      while (!(await add(recentKey(app, atMs, generation), change, atMs))) generation++;
      if (generation > 0) remember(pk, generation);
    },

    /** Rows found by `keys`, with those that follow the full ones. */
    async withFurther(items: readonly Item[]): Promise<Item[]> {
      const found = [...items];
      const isFull = (item: Item) => changesOf(item).size >= perRow;
      let full = found.filter(isFull).map((item) => ({ pk: item["pk"] as string, from: 1, count: 1 }));
      while (full.length > 0) {
        const keys = full.flatMap(({ pk, from, count }) =>
          Array.from({ length: count }, (_, n) => ({ pk: `${pk}#${from + n}` })),
        );
        const more = await getMany(guard, keys);
        found.push(...more);
        const goesOn = new Set(more.filter(isFull).map((item) => item["pk"]));
        full = full
          .filter(({ pk, from, count }) => goesOn.has(`${pk}#${from + count - 1}`))
          .map(({ pk, from, count }) => ({ pk, from: from + count, count: count * 2 }));
      }
      return found;
    },

    /** Keys to read for a job that was planned at `sinceMs`; what lies further back is told by older-changes.ts. */
    keys: (app: string, sinceMs: number, nowMs: number): Key[] =>
      keysBetween(app, Math.max(sinceMs, nowMs - NEAR_MS), nowMs),

    /** Why a device must not be sent to by a job that was planned at `plannedAtMs`. */
    judge(
      items: readonly Item[],
      plannedAtMs: number,
      { category, channel }: { category: string; channel: string },
      older: Latest = new Map(),
    ): (user: string, device: string) => string | undefined {
      const changes = latestOf(items);
      if (changes.size + older.size === 0) return () => undefined;
      const at = (key: string): number => Math.max(changes.get(key) ?? 0, older.get(key) ?? 0);
      const since = (key: string): boolean => at(key) >= plannedAtMs;
      const places = placesOf(category, channel);
      /** What goes off is told with all that is on inside of it: an older word to be on is no exception from it. */
      const isOff = (user: string): boolean => {
        let insideMs = 0;
        return places.some((place) => {
          const offMs = at(entry(user, place, "optedOut"));
          const onMs = at(entry(user, place, "optedIn"));
          const goesOff = offMs >= plannedAtMs && offMs >= onMs && offMs > insideMs;
          insideMs = Math.max(insideMs, onMs);
          return goesOff;
        });
      };
      return (user, device) => {
        if (since(entry(user, undefined, "erased"))) return "user_erased";
        if (since(entry(user, device, "erased"))) return "device_removed";
        if (since(entry(user, device, "moved"))) return "token_moved";
        return isOff(user) ? "preference_off" : undefined;
      };
    },
  };
}

/** The first rows of the quarters from `sinceMs` to `untilMs`. */
export function keysBetween(app: string, sinceMs: number, untilMs: number): Key[] {
  const keys: Key[] = [];
  // A clock a little behind ours may have written into the bucket before.
  const first = sinceMs - RECENT_BUCKET_MS / 15;
  for (let at = first; at < untilMs + RECENT_BUCKET_MS; at += RECENT_BUCKET_MS)
    keys.push(recentKey(app, Math.min(at, untilMs)));
  return [...new Map(keys.map((key) => [key.pk, key])).values()];
}

const changesOf = (item: Item): Set<string> => (item["changes"] as Set<string> | undefined) ?? new Set();

/** When each change was told last, by person, place and kind. */
export type Latest = ReadonlyMap<string, number>;

export function latestOf(items: readonly Item[], latest = new Map<string, number>()): Map<string, number> {
  for (const text of items.flatMap((item) => [...changesOf(item)])) {
    const [key, at] = text.split("@") as [string, string];
    latest.set(key, Math.max(latest.get(key) ?? 0, Number.parseInt(at, 36)));
  }
  return latest;
}

/** The row that took this environment's last change, by the first row of its quarter of an hour. */
const open = new Map<string, number>();
const OPEN_KEPT = 1_000;

function remember(pk: string, generation: number): void {
  open.delete(pk);
  open.set(pk, generation);
  if (open.size > OPEN_KEPT) open.delete(open.keys().next().value!);
}

/** Persisted: they never change their meaning. */
const LETTER: Record<RecentChange, string> = { erased: "e", moved: "m", optedOut: "o", optedIn: "i" };

function entry(user: string, device: string | undefined, what: RecentChange): string {
  const hash = device === undefined ? "*" : deviceHash(user, device).toString(36);
  return `${userHash(user).toString("base64url")}.${hash}.${LETTER[what]}`;
}
