import type { Attempt, Notification } from "./notification.ts";

/** SQS delays a message at most this long; beyond, a schedule fires a minute early and SQS does the rest. */
const MAX_DELAY_MS = 900_000;
const LEAD_MS = 60_000;
/**
 * What has no schedule is looked for this long before its time, and given to SQS. The reconciler's look behind that one,
 * nine minutes later, is after its time again.
 */
const UNSCHEDULED_LOOK_MS = 8 * 60_000;

export type SchedulePorts = {
  /** Makes the schedule of this attempt. */
  schedule(attempt: Attempt, fireAtMs: number): Promise<void>;
  /** Takes it back: nobody waits for it any more. */
  deleteSchedule(notification: Notification): Promise<void>;
  /** A failure that is mended without the caller. */
  report(error: unknown, notification: Notification): void;
};

/** Whether it is further ahead than a message can be delayed. */
export const isFar = ({ sendAtMs = 0 }: Pick<Notification, "sendAtMs">, nowMs: number): boolean =>
  sendAtMs - nowMs > MAX_DELAY_MS;

/**
 * The schedule of what lies far ahead is made before its header is written: without its header it is void, and where it
 * cannot be made, the header says so by an early look of the reconciler. Nothing in between can get lost.
 * @returns what the header has to say
 */
export async function scheduleFirst(
  ports: SchedulePorts,
  attempt: Attempt,
  nowMs: number,
): Promise<Pick<Notification, "due">> {
  const { sendAtMs } = attempt;
  if (sendAtMs === undefined || !isFar(attempt, nowMs)) return {};
  try {
    await ports.schedule(attempt, sendAtMs - LEAD_MS);
    return {};
  } catch (error) {
    ports.report(error, attempt);
    return { due: { atMs: sendAtMs - UNSCHEDULED_LOOK_MS, step: 0, what: "plan" } };
  }
}

/** Takes a schedule back whose notification is another by now. It is void: where it stays, it fires in vain. */
export async function dropSchedule(
  ports: Pick<SchedulePorts, "deleteSchedule" | "report">,
  notification: Notification,
): Promise<void> {
  if (notification.sendAtMs === undefined) return;
  await ports.deleteSchedule(notification).catch((error) => ports.report(error, notification));
}
