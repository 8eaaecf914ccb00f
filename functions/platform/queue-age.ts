import type { QueueKey } from "../names.ts";
import { queueAgeStore } from "../storage/queue-ages.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";

/** One write a minute and environment while all is well; more often while messages wait. */
const QUIET_MS = 60_000;
const WAITING_MS = 10_000;
const WAITS_FROM_MS = 1_000;

const told = new Map<QueueKey, { atMs: number; ageMs: number }>();

/** Tells how long a queue's messages wait before they are received for the first time. */
export async function tellQueueAge(queue: QueueKey, ageMs: number): Promise<void> {
  const last = told.get(queue);
  const waits = ageMs >= WAITS_FROM_MS || (last?.ageMs ?? 0) >= WAITS_FROM_MS;
  const sinceMs = last === undefined ? Number.POSITIVE_INFINITY : now() - last.atMs;
  if (sinceMs < (waits ? WAITING_MS : QUIET_MS)) return;
  told.set(queue, { atMs: now(), ageMs });
  try {
    await queueAgeStore(tableOf("guard"), now).tell(queue, ageMs);
  } catch (error) {
    // The figure is for operators and load levels; the messages themselves must not wait for it.
    log.error("queue age not told", error, { queue });
  }
}
