import type { App } from "../app/app.ts";
import type { Job } from "../dispatch/job.ts";
import { AppError } from "../errors/app-error.ts";
import { type InlinePlan, withPlan } from "../plan/plan-inline.ts";
import { jobsOf } from "../plan/plan-page.ts";
import type { PlanRow } from "../plan/plan-row.ts";
import { compose } from "./compose.ts";
import { isFanOut } from "./fan-out.ts";
import {
  type Attempt,
  isWalk,
  type Notification,
  type NotificationBody,
  type PlanMessage,
  type StoredBody,
} from "./notification.ts";
import { LIMITS, type SendRequest } from "./request.ts";
import { dropSchedule, isFar, type SchedulePorts, scheduleFirst } from "./schedule.ts";

export type AcceptPorts = SchedulePorts & {
  now(): number;
  newId(): string;
  /** A name that no other request has ever had. */
  newAttempt(): string;
  headers: {
    create(notification: Notification): Promise<Notification | undefined>;
    planned(notification: Notification, state: "planning" | "sending"): Promise<Notification | undefined>;
  };
  /** Stored apart from every other attempt's, where it is too large for the header. */
  bodies: { write(attempt: Attempt, body: NotificationBody): Promise<StoredBody> };
  /** Refuses a priority that the platform's load does not allow. @throws AppError overloaded */
  admit(app: App, request: SendRequest, notification: Notification): Promise<void>;
  /** Longest sample against each provider's limit. @throws AppError payload_too_large */
  guardPayload(notification: Notification, body: NotificationBody): void;
  enqueuePlan(message: PlanMessage, notification: Notification, delayMs: number): Promise<void>;
  /** Decides a short list here and now; undefined when it could not be and must go through the queue. */
  decideInline(notification: Notification, body: NotificationBody): Promise<InlinePlan | undefined>;
  /** Hands the jobs to their queues: all of them or an error. */
  sendJobs(notification: Notification, jobs: readonly Job[]): Promise<void>;
  /** Looks after the list's ladder when its first deadline is over. */
  startLadder(notification: Notification, row: PlanRow): Promise<void>;
};

/** `body` is what was asked, with the app's defaults. */
export type Accepted = { notification: Notification; body: NotificationBody; replayed: boolean };

/**
 * Takes a notification: body and schedule, then the header, whose conditional put is the commit; then its plan is on its
 * way.
 * What fails after the commit is found by the reconciler, so the answer is "accepted" either way.
 * @throws AppError for the caller's faults; before the commit nothing is promised
 */
export async function acceptNotification(
  ports: AcceptPorts,
  app: App,
  request: SendRequest,
  traceparent?: string,
): Promise<Accepted> {
  const composed = compose(app, request, request.id ?? ports.newId(), ports.now(), traceparent);
  const { body } = composed;
  ports.guardPayload(composed.notification, body);
  await ports.admit(app, request, composed.notification);
  const attempt = { ...composed.notification, attempt: ports.newAttempt() };
  const { notification, plan } = await prepare(ports, attempt, body);
  const existing = await ports.headers.create(notification);
  // Our own write, acknowledged late and repeated by the SDK, is not somebody else's.
  if (existing !== undefined && existing.attempt !== attempt.attempt) {
    if (isFar(notification, notification.createdAtMs)) await dropSchedule(ports, notification);
    return { ...replay(existing, notification), body };
  }
  try {
    await (plan ? sendPlanned(ports, notification, plan) : launch(ports, notification));
  } catch (error) {
    // The intent is stored: the reconciler takes it up within a minute, so the caller has nothing to repeat.
    ports.report(error, notification);
  }
  return { notification, body, replayed: false };
}

function replay(existing: Notification, asked: Notification): Omit<Accepted, "body"> {
  if (existing.fingerprint !== asked.fingerprint) {
    throw new AppError(
      "idempotency_mismatch",
      `notification ${asked.id} was accepted before with another body`,
    );
  }
  return { notification: existing, replayed: true };
}

/** Everything that must stand before the header: a large body's chunks, a short list's decisions, a schedule. */
async function prepare(
  ports: AcceptPorts,
  bare: Attempt,
  body: NotificationBody,
): Promise<{ notification: Notification; plan: InlinePlan | undefined }> {
  const [stored, plan, scheduled] = await Promise.all([
    ports.bodies.write(bare, body),
    isShort(bare) ? ports.decideInline(bare, body) : undefined,
    scheduleFirst(ports, bare, bare.createdAtMs),
  ]);
  const notification: Notification = { ...bare, ...stored, ...scheduled };
  return { notification: plan ? withPlan(notification, plan, ports.now()) : notification, plan };
}

const isShort = (notification: Notification): boolean =>
  notification.sendAtMs === undefined &&
  !isWalk(notification) &&
  (notification.recipients ?? 0) <= LIMITS.inlineUsers;

/** What the queues of a short list do not take now is left to its plan message. */
async function sendPlanned(
  ports: AcceptPorts,
  notification: Notification,
  { row, read, traceparent = notification.traceparent }: InlinePlan,
): Promise<void> {
  if (row.jobs.length === 0) return;
  try {
    if (row.ladder) await ports.startLadder({ ...notification, traceparent }, row);
    const jobs = jobsOf({ ...notification, traceparent }, row, read);
    await ports.sendJobs(notification, jobs);
  } catch (error) {
    ports.report(error, notification);
    await ports.enqueuePlan(planMessage(notification), notification, 0);
  }
}

/** Starts what was committed, at once or after a delay; what lies far ahead has its schedule. */
async function launch(ports: AcceptPorts, notification: Notification): Promise<void> {
  if (isFar(notification, notification.createdAtMs)) return;
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - ports.now());
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
  // A delayed one keeps its first look at sendAt + 60 s: its message may still get lost on the way.
  if (delayMs === 0) await ports.headers.planned(notification, "planning");
}

export function planMessage(notification: Notification): PlanMessage {
  const { app, id, revision, traceparent, appleRoad, ladder, bodyAt } = notification;
  return {
    // 0.1 would plan it without what it does not know, or look for its body in vain (docs/adr/0017).
    v: appleRoad || isFanOut(notification) || ladder || bodyAt ? 2 : 1,
    kind: "plan",
    app,
    notification: id,
    revision,
    ...(isWalk(notification) ? {} : { bucket: 0 }),
    ...(traceparent && { traceparent }),
  };
}
