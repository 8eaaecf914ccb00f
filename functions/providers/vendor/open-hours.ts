const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** China keeps one time all year. */
const CHINA_MS = 8 * HOUR_MS;

/** How long it is until these hours of the day begin in China; 0 within them. */
export function untilOpenMs(nowMs: number, { from, to }: { from: number; to: number }): number {
  const time = (nowMs + CHINA_MS) % DAY_MS;
  if (time < from * HOUR_MS) return from * HOUR_MS - time;
  return time < to * HOUR_MS ? 0 : DAY_MS + from * HOUR_MS - time;
}
