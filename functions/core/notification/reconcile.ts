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
  /** How long jobs or plans of a priority wait before they are first received. */
  queueAgeMs(priority: Priority, of: "jobs" | "plans"): number;
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
    await ports.headers.watch(notification, { ...due, atMs: notification.expiresAtMs + MINUTE_MS });
    return "watched on";
  }
  if (await isUnderWay(ports, notification, due)) return "watched on";
  const wait = NEXT_LOOK_MS[Math.min(due.step, NEXT_LOOK_MS.length - 1)]!;
  // The next look first: should the message be lost once more, there is one. Whoever moved it since, sees to it.
  const next = { what: "plan", step: due.step + 1, atMs: ports.now() + wait } as const;
  if ((await ports.headers.watch(notification, next)) === undefined) return "watched on";
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - ports.now());
  await ports.enqueuePlan(planMessage(notification), notification, delayMs);
  return "planned again";
}

/**
 * A short list whose jobs are with workers, or what waits behind others as old as itself. Sending it again would only
 * lengthen the queue that holds it up.
 */
async function isUnderWay(
  ports: ReconcilePorts,
  notification: Notification,
  due: NonNullable<Notification["due"]>,
): Promise<boolean> {
  const { row } = notification;
  if (row && (await ports.jobsTaken({ ...notification, row }))) {
    await ports.headers.planned(notification, "sending");
    return true;
  }
  const ageMs = ports.now() - (notification.sendAtMs ?? notification.createdAtMs);
  const waitsMs = ports.queueAgeMs(notification.priority, row ? "jobs" : "plans");
  if (ageMs <= 0 || waitsMs + MINUTE_MS / 2 < ageMs) return false;
  await ports.headers.watch(notification, { ...due, atMs: ports.now() + MINUTE_MS });
  return true;
}

async function endOf(
  ports: ReconcilePorts,
  notification: Notification,
  due: NonNullable<Notification["due"]>,
): Promise<Reconciled> {
  if (await ports.expire(notification)) return "expired";
  const next = { ...due, step: due.step + 1, atMs: ports.now() + MINUTE_MS };
  await ports.headers.watch(notification, next);
  return "watched on";
}
