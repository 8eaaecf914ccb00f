const LONGEST_MS = 24 * 3_600_000;

/** A `Retry-After` header (seconds or an HTTP date) as a wait, at most a day: clocks and proxies may be wrong. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return undefined;
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(LONGEST_MS, Math.max(0, waitMs)) : undefined;
}
