import type { Notification } from "../../core/notification/notification.ts";
import { type ReconcilePorts, reconcileOne } from "../../core/notification/reconcile.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { loadOf, observeLoad, readPressures } from "../../platform/load.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { metric } from "../../platform/metrics.ts";
import { deadLetterCounts } from "../../platform/queue-counts.ts";
import { reconcilePorts } from "../../platform/reconciling.ts";
import { dueNotifications } from "../../storage/due.ts";
import { loadStore } from "../../storage/load.ts";

/** Notifications looked at side by side. */
const AT_ONCE = 16;
/** What is not looked at by then is due in the next minute as well. */
const WORK_MS = 40_000;

/** Every minute: tells how loaded the queues are, finds what was accepted and forgotten, ends what is over. */
export const handler = watchingMemory(async (): Promise<{ looked: number }> => {
  const loads = loadStore(tableOf("guard"));
  const [seen, before] = await Promise.all([readPressures(), loads.read(), tellDeadLetters()]);
  const { pressures } = seen;
  // At once, with the last minute's oldest: refusals must not wait for a long round of looking.
  await loads.write(loadOf(pressures, before?.oldestUnplannedS ?? 0));
  const { looked, oldestMs } = await lookAtDue(reconcilePorts(pressures));
  const load = loadOf(pressures, Math.round(oldestMs / 1000));
  if (load.oldestUnplannedS !== (before?.oldestUnplannedS ?? 0)) await loads.write(load);
  observeLoad(load, seen);
  return { looked };
});

/** Dead letters have waited through a hundred attempts: a look every five minutes is soon enough, and cheaper. */
const DEAD_LETTERS_EVERY_MIN = 5;

async function tellDeadLetters(): Promise<void> {
  if (Math.floor(now() / 60_000) % DEAD_LETTERS_EVERY_MIN !== 0) return;
  for (const [consumer, waiting] of await deadLetterCounts())
    if (waiting > 0) metric("deadLetters", waiting, { dimensions: { consumer } });
}

/** @returns how many were due, and the age of the oldest that had to be planned again */
async function lookAtDue(ports: ReconcilePorts): Promise<{ looked: number; oldestMs: number }> {
  const due = dueNotifications(tableOf("delivery"), now);
  const endMs = performance.now() + WORK_MS;
  const found = { looked: 0, oldestMs: 0 };
  const worker = async () => {
    for (;;) {
      const { value: notification, done } = await due.next();
      if (done || performance.now() > endMs) return;
      found.looked++;
      found.oldestMs = Math.max(found.oldestMs, await look(ports, notification));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

/** @returns the age in ms of a notification that had to be planned again */
async function look(ports: ReconcilePorts, notification: Notification): Promise<number> {
  const { app, id } = notification;
  try {
    const what = await reconcileOne(ports, notification);
    log.info("reconciled", { app, notification: id, what });
    // A list that was decided at acceptance is planned: that its jobs wait says nothing of the planner.
    const isUnplanned = what === "planned again" && notification.row === undefined;
    return isUnplanned ? now() - (notification.sendAtMs ?? notification.createdAtMs) : 0;
  } catch (error) {
    log.error("not reconciled; the next minute tries again", error, { app, notification: id });
    return 0;
  }
}
