const NOISY_SHARE = 0.1;
const NOISY_IN_FLIGHT = 30;
const SILENCE_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

export type Fairness = {
  started(group: string, nowMs: number): void;
  finished(group: string, heldMs: number, nowMs: number): void;
  inFlight(): number;
  /** Groups whose messages wait while any quiet group has one. */
  noisy(backlogOf: (group: string) => number, nowMs: number): ReadonlySet<string>;
};

/** Consumer time by group over the last five whole minutes and the running one. */
function createConsumerTime() {
  const minutes = new Map<number, Map<string, number>>();
  return {
    add(group: string, heldMs: number, nowMs: number) {
      const minute = Math.floor(nowMs / MINUTE_MS);
      for (const known of minutes.keys()) if (known < minute - 5) minutes.delete(known);
      const held = minutes.get(minute) ?? new Map<string, number>();
      held.set(group, (held.get(group) ?? 0) + heldMs);
      minutes.set(minute, held);
    },
    share(group: string) {
      let own = 0;
      let all = 0;
      for (const held of minutes.values()) {
        own += held.get(group) ?? 0;
        for (const ms of held.values()) all += ms;
      }
      return all === 0 ? 0 : own / all;
    },
  };
}

/**
 * The rule of SQS fair queues: a group is noisy with more than 10 % of the queue's in-flight messages and at
 * least 30 of its own, or with more than 10 % of consumer time, until its backlog is gone or 5 minutes silent.
 * Messages without a group (the empty name) are never noisy.
 */
export function createFairness(): Fairness {
  const counts = new Map<string, number>();
  const loudSinceMs = new Map<string, number>();
  const time = createConsumerTime();
  let total = 0;
  const mark = (group: string, nowMs: number, isLoud: boolean) => {
    if (group !== "" && isLoud) loudSinceMs.set(group, nowMs);
  };
  return {
    started(group, nowMs) {
      const own = (counts.get(group) ?? 0) + 1;
      counts.set(group, own);
      total += 1;
      mark(group, nowMs, own >= NOISY_IN_FLIGHT && own / total > NOISY_SHARE);
    },
    finished(group, heldMs, nowMs) {
      const own = (counts.get(group) ?? 0) - 1;
      if (own > 0) counts.set(group, own);
      else counts.delete(group);
      total -= 1;
      time.add(group, heldMs, nowMs);
      mark(group, nowMs, time.share(group) > NOISY_SHARE);
    },
    inFlight: () => total,
    noisy(backlogOf, nowMs) {
      const noisy = new Set<string>();
      for (const [group, lastMs] of loudSinceMs) {
        if (backlogOf(group) <= 0 || nowMs - lastMs > SILENCE_MS) loudSinceMs.delete(group);
        else noisy.add(group);
      }
      return noisy;
    },
  };
}
