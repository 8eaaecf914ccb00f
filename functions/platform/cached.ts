export type CachedOptions = {
  now?: () => number;
  /**
   * When a value cannot be read again, the last one goes on being used for so long: for what seldom changes, and whose
   * source being down must not stop everything.
   */
  staleMs?: number;
};

/** A value that could not be read again is asked for no more often than this. */
const RETRY_MS = 5_000;
const MAX = 2_000;

type Entry<T> = { atMs: number; value: Promise<T>; stale?: { value: Promise<T>; sinceMs: number } };

/** A value per key, read again after `ttlMs`; concurrent readers share one read, a failed read is not kept. */
export function cached<T>(
  ttlMs: number,
  read: (key: string) => Promise<T>,
  { now = Date.now, staleMs = 0 }: CachedOptions = {},
) {
  const entries = new Map<string, Entry<T>>();
  const isYoung = (atMs: number, ms: number) => now() - atMs < ms && now() >= atMs;

  function renew(key: string, old: Entry<T> | undefined): Promise<T> {
    const last = old && { value: old.value, sinceMs: old.stale?.sinceMs ?? old.atMs + ttlMs };
    const fresh = read(key);
    const entry: Entry<T> = { atMs: now(), value: fresh };
    entry.value = fresh.catch((error: unknown) => {
      const kept = last && isYoung(last.sinceMs, staleMs) ? last : undefined;
      if (entries.get(key) === entry) {
        if (kept)
          entries.set(key, { atMs: now() - Math.max(0, ttlMs - RETRY_MS), value: kept.value, stale: kept });
        else entries.delete(key);
      }
      if (kept) return kept.value;
      throw error;
    });
    if (entries.size >= MAX) entries.clear();
    entries.set(key, entry);
    return entry.value;
  }

  return {
    get(key: string): Promise<T> {
      const entry = entries.get(key);
      return entry && isYoung(entry.atMs, ttlMs) ? entry.value : renew(key, entry);
    },
    forget(key: string): void {
      entries.delete(key);
    },
  };
}
export type Cached<T> = ReturnType<typeof cached<T>>;
