/** A value per key, read again after `ttlMs`; concurrent readers share one read, a failed read is not kept. */
export function cached<T>(ttlMs: number, read: (key: string) => Promise<T>, now: () => number = Date.now) {
  const entries = new Map<string, { atMs: number; value: Promise<T> }>();
  const MAX = 2_000;
  return {
    get(key: string): Promise<T> {
      const entry = entries.get(key);
      if (entry && now() - entry.atMs < ttlMs && now() >= entry.atMs) return entry.value;
      const value = read(key);
      if (entries.size >= MAX) entries.clear();
      entries.set(key, { atMs: now(), value });
      value.catch(() => entries.delete(key));
      return value;
    },
    forget(key: string): void {
      entries.delete(key);
    },
  };
}
export type Cached<T> = ReturnType<typeof cached<T>>;
