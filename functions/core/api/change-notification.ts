import type { App } from "../app/app.ts";
import { AppError } from "../errors/app-error.ts";
import { planMessage } from "../notification/accept.ts";
import { compose, FIRST_LOOK_MS } from "../notification/compose.ts";
import type {
  Attempt,
  Notification,
  NotificationBody,
  PlanMessage,
  StoredBody,
} from "../notification/notification.ts";
import type { ChangeRequest } from "../notification/request.ts";
import { dropSchedule, isFar, type SchedulePorts, scheduleFirst } from "../notification/schedule.ts";
import { isSameRoad } from "../token-kinds.ts";

export type ChangePorts = SchedulePorts & {
  now(): number;
  /** A name that no other request has ever had. */
  newAttempt(): string;
  get(app: string, id: string): Promise<Notification | undefined>;
  /** False when it fired, ended or was changed in between. */
  change(next: Notification): Promise<boolean>;
  bodies: {
    read(notification: Notification): Promise<NotificationBody>;
    write(attempt: Attempt, body: NotificationBody): Promise<StoredBody>;
  };
  /** @throws AppError payload_too_large */
  guardPayload(notification: Notification, body: NotificationBody): void;
  enqueuePlan(message: PlanMessage, notification: Notification, delayMs: number): Promise<void>;
};

/** Clocks of two environments may differ by this much: so close to its time a notification counts as fired. */
const FIRED_BEFORE_MS = 1_000;

/**
 * Changes a scheduled notification: a new revision, which makes every message and schedule of the old one void.
 * Its time to live is counted from the new time. Safe to repeat.
 * @throws AppError not_found, conflict, time_in_past, time_too_far, payload_too_large, invalid_request
 */
export async function changeNotification(
  ports: ChangePorts,
  app: App,
  id: string,
  change: ChangeRequest,
): Promise<{ notification: Notification; body: NotificationBody }> {
  if (change.sendAt === undefined && change.content === undefined)
    throw new AppError("invalid_request", "/: names neither sendAt nor content");
  const before = await ports.get(app.id, id);
  if (before === undefined) throw new AppError("not_found", `there is no notification ${id}`);
  if (before.state !== "scheduled" || before.sendAtMs === undefined)
    throw new AppError(
      "conflict",
      `notification ${id} is ${before.state}: only a scheduled one can be changed`,
    );
  if (before.sendAtMs <= ports.now() + FIRED_BEFORE_MS)
    throw new AppError("conflict", `notification ${id} is being sent at this moment`);
  const nowMs = ports.now();
  const attempt = ports.newAttempt();
  const { next, body } = revised(app, before, await ports.bodies.read(before), change, { nowMs, attempt });
  ports.guardPayload(next, body);
  const [stored, scheduled] = await Promise.all([
    ports.bodies.write(next, body),
    scheduleFirst(ports, next, nowMs),
  ]);
  const written: Notification = { ...next, ...stored, ...scheduled };
  if (!(await ports.change(written))) {
    if (isFar(next, nowMs)) await dropSchedule(ports, written);
    throw new AppError("conflict", `notification ${id} was sent or changed by somebody else at this moment`);
  }
  if (!isFar(written, nowMs)) await enqueue(ports, written);
  // From a delay to a schedule or back: whatever the old revision left behind is void when it comes.
  await dropSchedule(ports, before);
  return { notification: written, body };
}

function revised(
  app: App,
  before: Notification,
  body: NotificationBody,
  change: ChangeRequest,
  { nowMs, attempt }: { nowMs: number; attempt: string },
): { next: Attempt; body: NotificationBody } {
  const was = before.sendAtMs ?? nowMs;
  // The same rules as for a new one: content, defaults of the app, times.
  const composed = compose(
    app,
    {
      to: body.to,
      category: before.category,
      content: change.content ?? body.content,
      sendAt: change.sendAt ?? new Date(was).toISOString(),
    },
    before.id,
    nowMs,
  );
  // Another token kind is another audience, with other channels and another time to live.
  if (!isSameRoad(composed.notification.appleRoad, before.appleRoad))
    throw new AppError("conflict", "/content/apple: a change keeps the push type and the Live Activity");
  const sendAtMs = composed.notification.sendAtMs ?? was;
  const { body: _body, bodyAt: _bodyAt, ...header } = before;
  const next: Attempt = {
    ...header,
    attempt,
    revision: before.revision + 1,
    sendAtMs,
    expiresAtMs: before.expiresAtMs - was + sendAtMs,
    due: { atMs: sendAtMs + FIRST_LOOK_MS, step: 0, what: "plan" },
  };
  // The life was said when it was accepted, and is kept.
  const { atOnce: _ofNow, ...changed } = composed.body;
  return { next, body: { ...changed, to: body.to, ...(body.atOnce && { atOnce: true }) } };
}

async function enqueue(ports: ChangePorts, notification: Notification): Promise<void> {
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - ports.now());
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
}
