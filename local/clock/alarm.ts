/** `setTimeout` takes a signed 32-bit number of milliseconds. */
const LONGEST_REAL_TIMER_MS = 2 ** 31 - 1;

export type Alarm = {
  /** Rings after `waitMs`, or never for Infinity; replaces the setting before. */
  set(waitMs: number): void;
  close(): void;
};

/** The one real timer of the clock. It does not keep the process alive. */
export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  return {
    set(waitMs) {
      clearTimeout(timer);
      timer = undefined;
      if (closed || waitMs === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(ring, Math.min(Math.max(0, waitMs), LONGEST_REAL_TIMER_MS));
      timer.unref();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
