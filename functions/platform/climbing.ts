import type { ClimbPorts, LadderPage } from "../core/ladder/climb.ts";
import { climbName } from "../core/ladder/climb-key.ts";
import { holdOf } from "../core/ladder/hold.ts";
import { rungsOf } from "../core/ladder/rungs.ts";
import type { PlanRow } from "../core/plan/plan-row.ts";
import { readAgain } from "../core/plan/plan-slice.ts";
import { headerStore } from "../storage/headers.ts";
import { inboxStore } from "../storage/inbox.ts";
import { ledgerStore } from "../storage/ledgers.ts";
import { planRowStore } from "../storage/plan-rows.ts";
import { progressStore } from "../storage/progress.ts";
import { receiptStore } from "../storage/receipts.ts";
import { ttlOf } from "../storage/table.ts";
import { now, tableOf } from "./clients.ts";
import { planPorts, targetsOf } from "./planning.ts";

const KEPT_MS = 30 * 86_400_000;
/** Inboxes looked at side by side. */
const INBOXES_AT_ONCE = 25;

export function climbPorts(): ClimbPorts {
  const delivery = tableOf("delivery");
  const rows = planRowStore(delivery, now);
  const plan = planPorts();
  return {
    now,
    get: (app, id) => plan.headers.get(app, id, true),
    facts: plan.facts,
    rows: ({ notification, bucket, page }) => rows.ofPage(notification, bucket, page),
    putClimb: rows.putClimb,
    ledgers: ({ notification: { app, id }, bucket }, jobs) =>
      ledgerStore(delivery, now).many(
        app,
        id,
        bucket,
        jobs.map((job) => job.id),
      ),
    read: ({ notification }, base) => readAgain(plan, notification, base),
    acknowledged,
    sendJobs: plan.sendJobs,
    progress: ({ notification, bucket }) => progressStore(delivery, now).of(notification, bucket),
    addClimb,
    async closeLadder(place) {
      const { notification, bucket } = place;
      await plan.settleBucket(notification, await closeHeld(place, bucket));
    },
  };
}

/** The job that a page counts for its ladder, closed: the last one to close ends the notification. */
async function closeHeld({ notification, page }: LadderPage, bucket: number) {
  const delivery = tableOf("delivery");
  const { app, id, expiresAtMs } = notification;
  const closed = { hold: holdOf({ app, notification: id, bucket, page }), counts: {} };
  return notification.row
    ? headerStore(delivery, now).closeInHeader({ app, id }, closed, { only: false })
    : progressStore(delivery, now).addClosed(app, id, bucket, closed, ttlOf(expiresAtMs + KEPT_MS));
}

async function addClimb({ notification, bucket }: LadderPage, row: PlanRow): Promise<void> {
  const delivery = tableOf("delivery");
  const { app, id } = notification;
  const climb = { key: climbName(row.startKey), jobs: row.jobs.length, targets: targetsOf(row) };
  if (notification.row) await headerStore(delivery, now).addClimb(app, id, climb);
  else await progressStore(delivery, now).addClimb(app, id, bucket, climb);
}

async function acknowledged(
  { notification, bucket }: LadderPage,
  users: readonly string[],
): Promise<Set<string>> {
  const { app, id } = notification;
  const told = await receiptStore(tableOf("delivery"), now).among({ app, id, bucket }, users);
  if (!rungsOf(notification).some(({ channels }) => channels.includes("inApp"))) return told;
  const inbox = inboxStore(tableOf("inbox"), now);
  const left = users.filter((user) => !told.has(user));
  for (let at = 0; at < left.length; at += INBOXES_AT_ONCE) {
    const some = left.slice(at, at + INBOXES_AT_ONCE);
    const read = await Promise.all(some.map((user) => inbox.hasAcknowledged(app, user, id)));
    for (const [index, user] of some.entries()) if (read[index]) told.add(user);
  }
  return told;
}
