import type { SqsCore } from "./core.ts";
import type { Candidate } from "./message-table.ts";
import { backlogOf, type QueueState } from "./queue-state.ts";

function shuffled<T>(items: T[], random: () => number): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}

/** Oldest first over all groups, or, while a group is noisy, over the quiet ones and then the rest. */
function inFairOrder(core: SqsCore, state: QueueState, nowMs: number, limit: number): Candidate[] {
  const backlog = backlogOf(state);
  const noisy = state.fairness.noisy(backlog, nowMs);
  if (noisy.size === 0) return core.table.due(state.queue.name, nowMs, limit);
  const chosen: Candidate[] = [];
  for (const group of state.groups.keys()) {
    if (noisy.has(group) || backlog(group) <= 0) continue;
    chosen.push(...core.table.dueInGroup(state.queue.name, nowMs, group, limit - chosen.length));
    if (chosen.length >= limit) return chosen;
  }
  const taken = new Set(chosen.map((candidate) => candidate.id));
  const rest = core.table.due(state.queue.name, nowMs, limit);
  return [...chosen, ...rest.filter((candidate) => !taken.has(candidate.id))].slice(0, limit);
}

const REORDER_WINDOW = 8;

export function chooseDue(core: SqsCore, state: QueueState, nowMs: number, limit: number): Candidate[] {
  if (!state.faults.reorder) return inFairOrder(core, state, nowMs, limit);
  return shuffled(inFairOrder(core, state, nowMs, limit * REORDER_WINDOW), core.random).slice(0, limit);
}
