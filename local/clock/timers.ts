import { createMinHeap } from "./min-heap.ts";

export type Timer = { atMs: number; run: () => void | Promise<void>; cancelled: boolean };

export type Timers = {
  add(timer: Timer, lazy: boolean): void;
  /** The next time at which `advance` must stop. */
  nextStopMs(): number;
  nextMs(): number;
  running(): number;
  /** Starts what is due in order and awaits it together: one that waits must not hold up the next. */
  runDue(nowMs: number, onError: (error: unknown) => void): Promise<unknown>;
};

const timerHeap = () => createMinHeap<Timer>((timer) => timer.atMs);
type TimerHeap = ReturnType<typeof timerHeap>;

function firstLive(heap: TimerHeap): Timer | undefined {
  while (heap.peek()?.cancelled) heap.pop();
  return heap.peek();
}

const firstMs = (heap: TimerHeap) => firstLive(heap)?.atMs ?? Number.POSITIVE_INFINITY;

function takeDue(heap: TimerHeap, nowMs: number): Timer[] {
  const due: Timer[] = [];
  for (let next = firstLive(heap); next && next.atMs <= nowMs; next = firstLive(heap)) {
    heap.pop();
    due.push(next);
  }
  return due;
}

export function createTimers(): Timers {
  const exact = timerHeap();
  const lazy = timerHeap();
  let running = 0;
  const start = async (timer: Timer, onError: (error: unknown) => void) => {
    running += 1;
    try {
      await timer.run();
    } catch (error) {
      onError(error);
    } finally {
      running -= 1;
    }
  };
  return {
    add(timer, isLazy) {
      (isLazy ? lazy : exact).push(timer);
    },
    nextStopMs: () => firstMs(exact),
    nextMs: () => Math.min(firstMs(exact), firstMs(lazy)),
    running: () => running,
    runDue(nowMs, onError) {
      const due = [...takeDue(exact, nowMs), ...takeDue(lazy, nowMs)].sort((a, b) => a.atMs - b.atMs);
      return Promise.all(due.map((timer) => (timer.cancelled ? undefined : start(timer, onError))));
    },
  };
}
