/** A token bucket that hands out places in time instead of refusing. */
export type Pace = {
  /**
   * Takes the next place: how many ms until it comes. Undefined when it comes later than `longestMs`; then nothing
   * is taken.
   */
  take(longestMs: number): number | undefined;
};

/** Of what was left unused, one second's worth may be taken at once. */
const BURST_MS = 1_000;

/** `perS` places a second, in the order of asking. `now` in ms, never going back. */
export function pace(perS: number, now: () => number): Pace {
  const stepMs = 1_000 / perS;
  const burstMs = Math.max(0, BURST_MS - stepMs);
  /** When the bucket would be full, if nobody asked any more. */
  let fullAtMs = Number.NEGATIVE_INFINITY;
  return {
    take(longestMs) {
      const nowMs = now();
      const from = Math.max(fullAtMs, nowMs);
      const waitMs = Math.max(0, from - nowMs - burstMs);
      if (waitMs > longestMs) return undefined;
      fullAtMs = from + stepMs;
      return waitMs;
    },
  };
}
