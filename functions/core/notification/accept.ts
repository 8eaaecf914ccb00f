import type { App } from "../app/app.ts";
import { AppError } from "../errors/app-error.ts";
import { compose } from "./compose.ts";
import { isWalk, type Notification, type NotificationBody, type PlanMessage } from "./notification.ts";
import { LIMITS, type SendRequest } from "./request.ts";

/** SQS delays a message at most this long; beyond, a schedule fires a minute early and SQS does the rest. */
export const MAX_DELAY_MS = 900_000;
export const SCHEDULE_LEAD_MS = 60_000;

export type AcceptPorts = {
  now(): number;
  newId(): string;
  headers: {
    create(notification: Notification): Promise<Notification | undefined>;
    planned(
      notification: Notification,
      state: "scheduled" | "planning" | "sending",
    ): Promise<Notification | undefined>;
  };
  bodies: { write(app: string, id: string, body: NotificationBody, expiresAtMs: number): Promise<number> };
  /** Refuses a priority that the platform's load does not allow. @throws AppError overloaded */
  admit(app: App, request: SendRequest, notification: Notification): Promise<void>;
  /** Longest sample against each provider's limit. @throws AppError payload_too_large */
  guardPayload(notification: Notification, body: NotificationBody): void;
  enqueuePlan(message: PlanMessage, notification: Notification, delayMs: number): Promise<void>;
  schedule(notification: Notification, fireAtMs: number): Promise<void>;
  /** Plans a short list here and now; false when it could not be finished and must go through the queue. */
  planInline(notification: Notification, body: NotificationBody): Promise<boolean>;
  /** A failure that the reconciler will mend. */
  report(error: unknown, notification: Notification): void;
};

export type Accepted = { notification: Notification; replayed: boolean };

/**
 * Takes a notification: body, then the header, whose conditional put is the commit; then its plan is on its way.
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
  const { id, expiresAtMs } = composed.notification;
  const bodyChunks = await ports.bodies.write(app.id, id, body, expiresAtMs);
  const notification: Notification = {
    ...composed.notification,
    bodyChunks,
    ...(bodyChunks === 0 && { body }),
  };
  const existing = await ports.headers.create(notification);
  if (existing !== undefined) return replay(existing, notification);
  try {
    await launch(ports, notification, body);
  } catch (error) {
    // The intent is stored: the reconciler takes it up within a minute, so the caller has nothing to repeat.
    ports.report(error, notification);
  }
  return { notification, replayed: false };
}

function replay(existing: Notification, asked: Notification): Accepted {
  if (existing.fingerprint !== asked.fingerprint) {
    throw new AppError(
      "idempotency_mismatch",
      `notification ${asked.id} was accepted before with another body`,
    );
  }
  return { notification: existing, replayed: true };
}

/** Starts what was committed: at once, after a delay, or by a schedule. */
export async function launch(
  ports: AcceptPorts,
  notification: Notification,
  body: NotificationBody,
): Promise<void> {
  const delayMs = notification.sendAtMs === undefined ? 0 : Math.max(0, notification.sendAtMs - ports.now());
  if (delayMs > MAX_DELAY_MS) {
    await ports.schedule(notification, notification.sendAtMs! - SCHEDULE_LEAD_MS);
    return;
  }
  const few = !isWalk(notification) && (notification.recipients ?? 0) <= LIMITS.inlineUsers;
  if (delayMs === 0 && few && (await ports.planInline(notification, body))) {
    await ports.headers.planned(notification, "sending");
    return;
  }
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
  // A delayed one keeps its first look at sendAt + 60 s: its message may still get lost on the way.
  if (delayMs === 0) await ports.headers.planned(notification, "planning");
}

export function planMessage(notification: Notification): PlanMessage {
  const { app, id, revision, traceparent } = notification;
  return {
    v: 1,
    kind: "plan",
    app,
    notification: id,
    revision,
    ...(isWalk(notification) ? {} : { bucket: 0 }),
    ...(traceparent && { traceparent }),
  };
}
