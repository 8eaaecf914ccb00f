import { type ReconcilePorts, reconcileOne } from "../../core/notification/reconcile.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { loadOf, observeLoad, readPressures, type Seen } from "../../platform/load.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { metric } from "../../platform/metrics.ts";
import { deadLetterCounts } from "../../platform/queue-counts.ts";
import { reconcilePorts } from "../../platform/reconciling.ts";
import { dueStore } from "../../storage/due.ts";
import { type Load, loadStore } from "../../storage/load.ts";
import type { Key } from "../../storage/table.ts";

/** Notifications looked at side by side. */
const AT_ONCE = 16;
/** What is not looked at by then is due in the next minute as well. */
const WORK_MS = 40_000;

/** Every minute: tells how loaded the queues are, finds what was accepted and forgotten, ends what is over. */
export const handler = watchingMemory(async (): Promise<{ looked: number }> => {
  const failures: unknown[] = [];
  const kept =
    (what: string) =>
    (error: unknown): undefined => {
      log.error(`${what}: failed in this minute`, error);
      failures.push(error);
    };
  // What is told is worth less than what is found: it must not keep it from looking.
  const [seen] = await Promise.all([
    readPressures().catch(kept("reading how long the queues are")),
    tellDeadLetters().catch(kept("telling the dead letters")),
  ]);
  // At once: refusals and alarms must not wait for a long round of looking.
  const load = seen && (await tellLoad(seen).catch(kept("telling the load")));
  const { looked, oldestMs } = await lookAtDue(seen, kept("reading a part of what is due"));
  await tellUnplanned(load, Math.round(oldestMs / 1000)).catch(kept("telling what is unplanned"));
  // Done is what could be done; that not all could is for the alarm on errors.
  if (failures.length > 0) throw failures[0];
  return { looked };
});

async function tellLoad(seen: Seen): Promise<Load> {
  const loads = loadStore(tableOf("guard"));
  const load = loadOf(seen.pressures, (await loads.read())?.oldestUnplannedS ?? 0);
  observeLoad(load, seen);
  await loads.write(load);
  return load;
}

/** A metric that is told has its price, and missing data alarms nobody. */
async function tellUnplanned(load: Load | undefined, oldestUnplannedS: number): Promise<void> {
  if (oldestUnplannedS > 0) metric("oldestUnplannedS", oldestUnplannedS, { unit: "Seconds" });
  if (load && load.oldestUnplannedS !== oldestUnplannedS)
    await loadStore(tableOf("guard")).write({ ...load, oldestUnplannedS });
}

/** Dead letters have waited through a hundred attempts: a look every five minutes is soon enough, and cheaper. */
const DEAD_LETTERS_EVERY_MIN = 5;

async function tellDeadLetters(): Promise<void> {
  if (Math.floor(now() / 60_000) % DEAD_LETTERS_EVERY_MIN !== 0) return;
  for (const [consumer, waiting] of await deadLetterCounts())
    if (waiting > 0) metric("deadLetters", waiting, { dimensions: { consumer } });
}

/** @returns how many were due, and the age of the oldest that had to be planned again */
async function lookAtDue(
  seen: Seen | undefined,
  failed: (error: unknown) => undefined,
): Promise<{ looked: number; oldestMs: number }> {
  const due = dueStore(tableOf("delivery"), now);
  const endMs = performance.now() + WORK_MS;
  const isOver = () => performance.now() > endMs;
  const ports = reconcilePorts(seen, isOver);
  const partitions = Array.from({ length: due.partitions }, (_, partition) =>
    due.keys(partition).catch(failed),
  );
  const waiting = inTurns((await Promise.all(partitions)).map((keys = []) => keys));
  const found = { looked: 0, oldestMs: 0 };
  const worker = async () => {
    for (const key of waiting) {
      if (isOver()) return;
      found.looked++;
      found.oldestMs = Math.max(found.oldestMs, await look(ports, due, key));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

/** The first of each, the second of each: none waits behind the whole of another. */
function* inTurns<T>(lists: readonly (readonly T[])[]): Generator<T> {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let index = 0; index < longest; index++)
    for (const list of lists) if (index < list.length) yield list[index]!;
}

/** @returns the age in ms of a notification that had to be planned again */
async function look(ports: ReconcilePorts, due: ReturnType<typeof dueStore>, key: Key): Promise<number> {
  let whose: Record<string, string> = { row: key.pk };
  try {
    const notification = await due.get(key);
    if (notification === undefined) return 0;
    const { app, id } = notification;
    whose = { app, notification: id };
    const what = await reconcileOne(ports, notification);
    log.info("reconciled", { app, notification: id, what });
    // A list that was decided at acceptance is planned: that its jobs wait says nothing of the planner.
    const isUnplanned = what === "planned again" && notification.row === undefined;
    return isUnplanned ? now() - (notification.sendAtMs ?? notification.createdAtMs) : 0;
  } catch (error) {
    log.error("not reconciled; the next minute tries again", error, whose);
    return 0;
  }
}
