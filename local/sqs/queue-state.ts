import { createMinHeap, type MinHeap } from "../clock/min-heap.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Queue } from "../template/model.ts";
import { createFairness, type Fairness } from "./fairness.ts";
import type { MessageTable } from "./message-table.ts";

/** A message that cannot be received now: in flight, or delayed. */
export type HiddenMessage = {
  id: number;
  group: string;
  untilMs: number;
  /** When it was received; undefined = delayed, not in flight. */
  sinceMs?: number;
};

export type QueueFaults = {
  duplicatePercent?: number;
  reorder?: boolean;
  /** Entries of a batch that are refused by the service while the others are taken. */
  refusedPercent?: number;
};

/** What is counted in memory beside the table, so that no receive has to count rows. */
export type QueueState = {
  readonly queue: Queue;
  readonly groups: Map<string, number>;
  readonly hidden: Map<number, HiddenMessage>;
  readonly hiddenByGroup: Map<string, number>;
  readonly heap: MinHeap<HiddenMessage>;
  readonly fairness: Fairness;
  readonly waiters: Set<() => void>;
  total: number;
  faults: QueueFaults;
  alarmAtMs: number;
  cancelAlarm: () => void;
};

const bump = (counts: Map<string, number>, group: string, by: number) => {
  const count = (counts.get(group) ?? 0) + by;
  if (count > 0) counts.set(group, count);
  else counts.delete(group);
};

export function countIn(state: QueueState, group: string, by = 1): void {
  state.total += by;
  bump(state.groups, group, by);
}

export function wake(state: QueueState): void {
  for (const waiter of [...state.waiters]) waiter();
}

/** Forgets that a message was hidden and books the consumer's time. */
export function unhide(state: QueueState, id: number, nowMs: number): void {
  const entry = state.hidden.get(id);
  if (!entry) return;
  state.hidden.delete(id);
  bump(state.hiddenByGroup, entry.group, -1);
  if (entry.sinceMs !== undefined) {
    state.fairness.finished(entry.group, Math.min(nowMs, entry.untilMs) - entry.sinceMs, nowMs);
  }
}

/** The heap keeps entries of messages that were deleted since; the map says which are true. */
function firstHidden(state: QueueState): HiddenMessage | undefined {
  for (let entry = state.heap.peek(); entry; entry = state.heap.peek()) {
    if (state.hidden.get(entry.id) === entry) return entry;
    state.heap.pop();
  }
  return undefined;
}

export function expireHidden(state: QueueState, nowMs: number): void {
  for (let entry = firstHidden(state); entry && entry.untilMs <= nowMs; entry = firstHidden(state)) {
    state.heap.pop();
    unhide(state, entry.id, nowMs);
  }
}

function armAlarm(state: QueueState, clock: VirtualClock): void {
  const next = firstHidden(state);
  if (!next || next.untilMs >= state.alarmAtMs) return;
  state.cancelAlarm();
  state.alarmAtMs = next.untilMs;
  state.cancelAlarm = clock.setTimer(next.untilMs, () => {
    state.alarmAtMs = Number.POSITIVE_INFINITY;
    expireHidden(state, clock.now());
    wake(state);
    armAlarm(state, clock);
  });
}

export function hide(state: QueueState, clock: VirtualClock, entry: HiddenMessage): void {
  state.hidden.set(entry.id, entry);
  state.heap.push(entry);
  bump(state.hiddenByGroup, entry.group, 1);
  if (entry.sinceMs !== undefined) state.fairness.started(entry.group, entry.sinceMs);
  armAlarm(state, clock);
}

export const visibleIn = (state: QueueState) => state.total - state.hidden.size;
export const backlogOf = (state: QueueState) => (group: string) =>
  (state.groups.get(group) ?? 0) - (state.hiddenByGroup.get(group) ?? 0);

export function loadQueueState(queue: Queue, table: MessageTable, clock: VirtualClock): QueueState {
  const state: QueueState = {
    queue,
    groups: new Map(),
    hidden: new Map(),
    hiddenByGroup: new Map(),
    heap: createMinHeap((entry) => entry.untilMs),
    fairness: createFairness(),
    waiters: new Set(),
    total: 0,
    faults: {},
    alarmAtMs: Number.POSITIVE_INFINITY,
    cancelAlarm: () => undefined,
  };
  for (const { group_id, n } of table.groups(queue.name)) countIn(state, group_id, n);
  const nowMs = clock.now();
  for (const { id, group_id, visible_at, receipt } of table.hidden(queue.name, nowMs)) {
    hide(state, clock, {
      id,
      group: group_id,
      untilMs: visible_at,
      ...(receipt !== null && { sinceMs: nowMs }),
    });
  }
  return state;
}
