import { planMessage } from "./accept.ts";
import type { Notification, PlanMessage } from "./notification.ts";

export type ReconcilePorts = {
  now(): number;
  headers: {
    watch(
      notification: Notification,
      due: NonNullable<Notification["due"]>,
    ): Promise<Notification | undefined>;
    forget(app: string, id: string): Promise<unknown>;
  };
  enqueuePlan(message: PlanMessage, notification: Notification, delayMs: number): Promise<void>;
  /** Writes whatever has not arrived as expired and ends the notification; false = jobs are still at work. */
  expire(notification: Notification): Promise<boolean>;
};

const MINUTE_MS = 60_000;
/** 60 s, 10 min, 1 h after acceptance, then every hour until the time to live is over. */
const NEXT_LOOK_MS = [9 * MINUTE_MS, 50 * MINUTE_MS, 60 * MINUTE_MS];

export type Reconciled = "planned again" | "expired" | "watched on" | "forgotten";

/** One notification whose time to be looked at has come. */
export async function reconcileOne(ports: ReconcilePorts, notification: Notification): Promise<Reconciled> {
  const { due } = notification;
  if (due === undefined) return "forgotten";
  const over = ports.now() >= notification.expiresAtMs;
  if (over || notification.state === "cancelled") return endOf(ports, notification, due);
  if (due.what === "expire") {
    await watch(ports, notification, { ...due, atMs: notification.expiresAtMs + MINUTE_MS });
    return "watched on";
  }
  const wait = NEXT_LOOK_MS[Math.min(due.step, NEXT_LOOK_MS.length - 1)]!;
  // The next look first: should the message be lost once more, there is one.
  await watch(ports, notification, { what: "plan", step: due.step + 1, atMs: ports.now() + wait });
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - ports.now());
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
  return "planned again";
}

async function endOf(
  ports: ReconcilePorts,
  notification: Notification,
  due: NonNullable<Notification["due"]>,
): Promise<Reconciled> {
  if (await ports.expire(notification)) return "expired";
  await watch(ports, notification, { ...due, step: due.step + 1, atMs: ports.now() + MINUTE_MS });
  return "watched on";
}

async function watch(
  ports: ReconcilePorts,
  notification: Notification,
  due: NonNullable<Notification["due"]>,
): Promise<void> {
  await ports.headers.watch(notification, due);
}
