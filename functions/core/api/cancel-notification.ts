import { AppError } from "../errors/app-error.ts";
import { type OpenJobsPorts, settledInOpenJobs } from "../explain/open-jobs.ts";
import { type TallyPorts, tally } from "../explain/tally.ts";
import type { Notification } from "../notification/notification.ts";
import type { CancelledAnswer } from "./notification-answers.ts";

export type CancelPorts = TallyPorts &
  OpenJobsPorts & {
    /** The header as it stood, or undefined. */
    get(app: string, id: string): Promise<Notification | undefined>;
    /** Undefined when it had ended already. */
    cancel(app: string, id: string): Promise<Notification | undefined>;
    deleteSchedule(notification: Notification): Promise<void>;
  };

/**
 * Cancels what has not been sent. Cancelling again answers the same.
 * @throws AppError not_found, conflict when it ended otherwise
 */
export async function cancelNotification(
  ports: CancelPorts,
  app: string,
  id: string,
): Promise<CancelledAnswer> {
  const before = await ports.get(app, id);
  if (before === undefined) throw new AppError("not_found", `there is no notification ${id}`);
  const cancelled = (await ports.cancel(app, id)) ?? (await ports.get(app, id)) ?? before;
  if (cancelled.state !== "cancelled")
    throw new AppError("conflict", `notification ${id} is ${cancelled.state} already`);
  if (cancelled.sendAtMs !== undefined) await ports.deleteSchedule(cancelled);
  return counted(ports, cancelled);
}

async function counted(ports: CancelPorts, notification: Notification): Promise<CancelledAnswer> {
  const sofar = await tally(ports, notification);
  const { totals, walked } = sofar;
  const settled = await settledInOpenJobs(ports, notification, sofar);
  const { recipients, id } = notification;
  return {
    id,
    state: "cancelled",
    accepted: totals.accepted + settled.accepted,
    stopped: Math.max(0, totals.pending - settled.accepted - settled.other),
    undecided: recipients === undefined ? "counting" : Math.max(0, recipients - walked),
  };
}
