import type { PlanRow } from "../plan/plan-row.ts";
import type { Priority } from "../words.ts";
import { planMessage } from "./accept.ts";
import type { Notification, PlanMessage } from "./notification.ts";

export type ReconcilePorts = {
  now(): number;
  headers: {
    watch(
      notification: Notification,
      due: NonNullable<Notification["due"]>,
    ): Promise<Notification | undefined>;
    planned(notification: Notification, state: "sending"): Promise<Notification | undefined>;
  };
  /** Whether a worker has taken each job of a short list: then its message is where it belongs. */
  jobsTaken(notification: Notification & { row: PlanRow }): Promise<boolean>;
  /** How long messages of a priority wait before they are first received. */
  queueAgeMs(priority: Priority): number;
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
  if (notification.row && (await isUnderWay(ports, { ...notification, row: notification.row }, due)))
    return "watched on";
  const wait = NEXT_LOOK_MS[Math.min(due.step, NEXT_LOOK_MS.length - 1)]!;
  // The next look first: should the message be lost once more, there is one.
  await watch(ports, notification, { what: "plan", step: due.step + 1, atMs: ports.now() + wait });
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - ports.now());
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
  return "planned again";
}

/**
 * A short list that is not done: its jobs are with workers, or wait behind others as old as they are. Sending them
 * again would only lengthen the queue that holds them up.
 */
async function isUnderWay(
  ports: ReconcilePorts,
  notification: Notification & { row: PlanRow },
  due: NonNullable<Notification["due"]>,
): Promise<boolean> {
  if (await ports.jobsTaken(notification)) {
    await ports.headers.planned(notification, "sending");
    return true;
  }
  const ageMs = ports.now() - notification.createdAtMs;
  if (ports.queueAgeMs(notification.priority) + MINUTE_MS / 2 < ageMs) return false;
  await watch(ports, notification, { ...due, atMs: ports.now() + MINUTE_MS });
  return true;
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
