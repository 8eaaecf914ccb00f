import type { Job } from "../core/dispatch/job.ts";
import type { Broadcast } from "../core/inbox/inbox.ts";
import {
  isWalk,
  type Notification,
  type NotificationBody,
  type PlanMessage,
} from "../core/notification/notification.ts";
import { settleBucket } from "../core/notification/settle-bucket.ts";
import type { PlanRow } from "../core/plan/plan-row.ts";
import { type PlanAnswer, type PlanPorts, planSlice } from "../core/plan/plan-slice.ts";
import { dispatchQueue, type QueueKey } from "../names.ts";
import { bodyStore } from "../storage/bodies.ts";
import { connectionStore } from "../storage/connections.ts";
import { headerStore } from "../storage/headers.ts";
import { inboxStore } from "../storage/inbox.ts";
import { planRowStore } from "../storage/plan-rows.ts";
import { progressStore } from "../storage/progress.ts";
import { recipientStore } from "../storage/recipients.ts";
import { factsIfThere } from "./apps.ts";
import { startLadder } from "./asking-climbs.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { groupOf, type Outgoing, sendAll } from "./queues.ts";
import { type SpanFacts, span } from "./spans.ts";

/** Lists up to this many people share their app's and provider's group; larger audiences have one of their own. */
const SHARED_GROUP_RECIPIENTS = 100;

/** What planning needs of the world; `send` plans short lists with the same ports. */
export function planPorts(): PlanPorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  const recipients = recipientStore(tableOf("directory"));
  return {
    now,
    reader: {
      list: recipients.list,
      shardPage: recipients.shardPage,
      onlineBetween: (...args) => connectionStore(tableOf("connections"), now).onlineBetween(...args),
    },
    headers,
    bodies: bodyStore(delivery),
    progress: progressStore(delivery, now),
    putRow: planRowStore(delivery, now).put,
    facts: factsIfThere,
    userCount: recipients.count,
    sendJobs,
    startLadder,
    enqueuePlans,
    storeBroadcast: (notification, body) =>
      inboxStore(tableOf("inbox"), now).addBroadcast(notification.app, broadcastOf(notification, body)),
    settleBucket: (notification, progress) =>
      settleBucket(
        { ...headers, onEnd: logEnd },
        { app: notification.app, id: notification.id, walk: isWalk(notification) },
        progress,
      ),
  };
}

/** One slice of a plan as a span: below what sent the message, above the jobs and messages that it sends. */
export function planInSpan(ports: PlanPorts, message: PlanMessage, deadlineMs: number): Promise<PlanAnswer> {
  const facts = { app: message.app, notification: message.notification, targets: 0, accepted: 0 };
  return span({ name: "plan", parent: message.traceparent, facts }, (own) =>
    planSlice(counting(ports, facts), { ...message, ...traced({ traceparent: own }) }, deadlineMs),
  );
}

/** Accepted are the targets whose jobs their queues took. */
const counting = (ports: PlanPorts, facts: Required<Pick<SpanFacts, "targets" | "accepted">>): PlanPorts => ({
  ...ports,
  async sendJobs(notification, jobs) {
    const targets = jobs.reduce((sum, job) => sum + job.targets.length, 0);
    facts.targets += targets;
    await ports.sendJobs(notification, jobs);
    facts.accepted += targets;
  },
});

/** Targets of a decided page. */
export const targetsOf = ({ jobs }: Pick<PlanRow, "jobs">): number =>
  jobs.reduce((sum, { count }) => sum + count, 0);

/** The last line of a notification's way. */
export function logEnd(app: string, notification: string): void {
  log.info("notification completed", { app, notification });
}

function broadcastOf(notification: Notification, { content }: NotificationBody): Broadcast {
  const {
    id,
    createdAtMs,
    sendAtMs = 0,
    createdBeforeMs = createdAtMs,
    expiresAtMs,
    category,
  } = notification;
  return {
    id,
    timestampMs: createdAtMs,
    // An audience may have been frozen long before: those who have seen newer ones by then would pass it over.
    firedAtMs: Math.max(createdBeforeMs, sendAtMs),
    createdBeforeMs,
    expiresAtMs,
    content,
    category,
  };
}

async function sendJobs(notification: Notification, jobs: readonly Job[]): Promise<void> {
  const byQueue = new Map<QueueKey, Outgoing[]>();
  const large = isWalk(notification) || (notification.recipients ?? 0) > SHARED_GROUP_RECIPIENTS;
  for (const job of jobs) {
    const queue = dispatchQueue(job.channel, job.priority);
    const message = { body: job, group: jobGroup(job, large), ...traced(job) };
    byQueue.set(queue, [...(byQueue.get(queue) ?? []), message]);
  }
  await Promise.all([...byQueue].map(([queue, messages]) => sendAll(queue, messages)));
}

export const jobGroup = (job: Pick<Job, "app" | "notification" | "provider">, large: boolean): string =>
  groupOf(job.app, large ? job.notification : job.provider);

async function enqueuePlans(
  messages: readonly PlanMessage[],
  notification: Notification,
  delayMs = 0,
): Promise<void> {
  const group = groupOf(notification.app, isWalk(notification) ? notification.id : "plan");
  await sendAll(
    `plan-${notification.priority}`,
    messages.map((body) => ({ body, group, delayMs, ...traced(body) })),
  );
}

export const enqueuePlan = (
  message: PlanMessage,
  notification: Notification,
  delayMs: number,
): Promise<void> => enqueuePlans([message], notification, delayMs);

export const traced = ({ traceparent }: { traceparent?: string }) => (traceparent ? { traceparent } : {});
