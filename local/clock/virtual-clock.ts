import { createAlarm } from "./alarm.ts";
import { createQuietChecks } from "./quiet.ts";
import { createTimers, type Timer } from "./timers.ts";

const DEFAULT_SETTLE_MS = 60_000;

export type TimerOptions = {
  /** `advance` does not stop for a lazy timer, it runs it at the next stop: for sweeps, which lose nothing by that. */
  lazy?: boolean;
};

export type VirtualClock = {
  /** Epoch milliseconds: real time plus the offset. */
  now(): number;
  readonly offsetMs: number;
  /** Runs once when the clock reaches `atMs`; a time already past means the next turn. Returns the cancel function. */
  setTimer(atMs: number, run: () => void | Promise<void>, options?: TimerOptions): () => void;
  /** Moves the clock from due timer to due timer, waiting for quiet after each. */
  advance(ms: number): Promise<void>;
  /** Moves the clock at once, as a machine that was asleep finds it: what fell due meanwhile fires once, now. */
  jump(ms: number): Promise<void>;
  onShift(listener: (offsetMs: number) => void): () => void;
  addQuietCheck(isQuiet: () => boolean, name?: string): () => void;
  settled(timeoutMs?: number): Promise<void>;
  close(): void;
};

export type ClockOptions = {
  offsetMs?: number;
  settleTimeoutMs?: number;
  onTimerError?: (error: unknown) => void;
};

type Core = {
  offsetMs: number;
  armedForMs: number;
  readonly settleMs: number;
  readonly timers: ReturnType<typeof createTimers>;
  readonly quiet: ReturnType<typeof createQuietChecks>;
  readonly listeners: Set<(offsetMs: number) => void>;
};

const nowOf = (core: Core) => Date.now() + core.offsetMs;

function shiftTo(core: Core, targetMs: number): void {
  const stepMs = targetMs - nowOf(core);
  if (stepMs <= 0) return;
  core.offsetMs += stepMs;
  for (const listener of core.listeners) listener(core.offsetMs);
}

async function advanceBy(core: Core, ms: number, rearm: () => void): Promise<void> {
  const targetMs = nowOf(core) + ms;
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  await core.quiet.settled(core.settleMs);
  const nextStop = () => Math.min(core.timers.nextStopMs(), targetMs);
  for (let stop = nextStop(); ; stop = nextStop()) {
    shiftTo(core, stop);
    const run = core.timers.runDue(nowOf(core), onError);
    // What falls due while we wait for quiet must fire too, or the wait never ends.
    rearm();
    await core.quiet.settled(core.settleMs);
    await run;
    if (stop === targetMs && core.timers.nextStopMs() > targetMs) break;
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}

function createAdvance(core: Core, rearm: () => void): VirtualClock["advance"] {
  let last: Promise<void> = Promise.resolve();
  return (ms) => {
    if (!(ms >= 0))
      return Promise.reject(new RangeError(`The clock moves forward only; asked for ${ms} ms.`));
    const next = last.then(() => advanceBy(core, ms, rearm)).finally(rearm);
    // The caller is told through `next`; the queue behind goes on.
    last = next.catch(() => undefined);
    return next;
  };
}

function createCore(options: ClockOptions): Core {
  const timers = createTimers();
  const quiet = createQuietChecks();
  quiet.add(() => timers.running() === 0, "timers that are running");
  return {
    offsetMs: options.offsetMs ?? 0,
    armedForMs: Number.POSITIVE_INFINITY,
    settleMs: options.settleTimeoutMs ?? DEFAULT_SETTLE_MS,
    timers,
    quiet,
    listeners: new Set(),
  };
}

export function createClock(options: ClockOptions = {}): VirtualClock {
  const core = createCore(options);
  const onTimerError =
    options.onTimerError ??
    ((error: unknown) => console.error("A timer of the virtual clock failed.", error));
  const rearm = () => {
    core.armedForMs = core.timers.nextMs();
    alarm.set(core.armedForMs - nowOf(core));
  };
  const alarm = createAlarm(() => {
    void core.timers.runDue(nowOf(core), onTimerError);
    rearm();
  });

  return {
    now: () => nowOf(core),
    get offsetMs() {
      return core.offsetMs;
    },
    setTimer(atMs, run, { lazy = false } = {}) {
      const timer: Timer = { atMs, run, cancelled: false };
      core.timers.add(timer, lazy);
      if (atMs < core.armedForMs) rearm();
      return () => {
        timer.cancelled = true;
      };
    },
    advance: createAdvance(core, rearm),
    async jump(ms) {
      shiftTo(core, nowOf(core) + ms);
      rearm();
      await core.quiet.settled(core.settleMs);
    },
    onShift(listener) {
      core.listeners.add(listener);
      return () => core.listeners.delete(listener);
    },
    addQuietCheck: (isQuiet, name = isQuiet.name || "an unnamed quiet check") =>
      core.quiet.add(isQuiet, name),
    settled: (timeoutMs = core.settleMs) => core.quiet.settled(timeoutMs),
    close: () => alarm.close(),
  };
}
