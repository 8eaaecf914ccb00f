import type { Job } from "../core/dispatch/job.ts";
import type { ClimbMessage } from "../core/ladder/climb.ts";
import { firstLookMs } from "../core/ladder/judge.ts";
import { rungsOf } from "../core/ladder/rungs.ts";
import { isWalk, type Notification } from "../core/notification/notification.ts";
import type { PlanRow } from "../core/plan/plan-row.ts";
import type { Priority } from "../core/words.ts";
import { groupOf, sendAll } from "./queues.ts";

/** Looks after a page's ladder when its first deadline is over; without one the jobs' ends are enough. */
export async function startLadder(notification: Notification, row: PlanRow): Promise<void> {
  const delayMs = firstLookMs(rungsOf(notification));
  if (delayMs === undefined) return;
  const { app, id, priority } = notification;
  const message = climbMessage({ app, id, bucket: row.bucket, page: row.startKey }, notification);
  await sendClimb({ ...message, timer: true }, priority, isWalk(notification), delayMs);
}

/** A job has ended: people whose last chance it was may have to climb. */
export async function askClimb(job: Job, page: string): Promise<void> {
  const place = { app: job.app, id: job.notification, bucket: job.bucket, page };
  await sendClimb(climbMessage(place, job), job.priority, job.walk, 0);
}

const climbMessage = (
  { app, id, bucket, page }: { app: string; id: string; bucket: number; page: string },
  { traceparent }: { traceparent?: string },
): ClimbMessage => ({
  v: 2,
  kind: "climb",
  app,
  notification: id,
  bucket,
  page,
  ...(traceparent && { traceparent }),
});

const sendClimb = (body: ClimbMessage, priority: Priority, walk: boolean, delayMs: number): Promise<void> =>
  sendAll(`plan-${priority}`, [
    {
      body,
      group: groupOf(body.app, walk ? body.notification : "climb"),
      delayMs,
      ...(body.traceparent && { traceparent: body.traceparent }),
    },
  ]);
