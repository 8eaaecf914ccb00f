import { AppError } from "../errors/app-error.ts";
import { classOf, type Tally, type TallyPorts, tally } from "../explain/tally.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Mark, markName } from "../ledger/mark.ts";
import { type Notification, shortJobId } from "../notification/notification.ts";
import type { CancelledAnswer } from "./notification-answers.ts";

export type CancelPorts = TallyPorts & {
  /** The header as it stood, or undefined. */
  get(app: string, id: string): Promise<Notification | undefined>;
  /** Undefined when it had ended already. */
  cancel(app: string, id: string): Promise<Notification | undefined>;
  deleteSchedule(app: string, id: string): Promise<void>;
  ledgers(notification: Notification, bucket: number): AsyncIterable<Ledger>;
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
  if (cancelled.sendAtMs !== undefined) await ports.deleteSchedule(app, id);
  return counted(ports, cancelled);
}

async function counted(ports: CancelPorts, notification: Notification): Promise<CancelledAnswer> {
  const sofar = await tally(ports, notification);
  const { totals, walked, openJobs } = sofar;
  const settled =
    openJobs > 0 ? await settledInOpenJobs(ports, notification, sofar) : { accepted: 0, other: 0 };
  const { recipients, id } = notification;
  return {
    id,
    state: "cancelled",
    accepted: totals.accepted + settled.accepted,
    stopped: Math.max(0, totals.pending - settled.accepted - settled.other),
    undecided: recipients === undefined ? "counting" : Math.max(0, recipients - walked),
  };
}

/** What open jobs have settled so far. */
async function settledInOpenJobs(
  ports: CancelPorts,
  notification: Notification,
  { closedJobs }: Pick<Tally, "closedJobs">,
): Promise<{ accepted: number; other: number }> {
  const found = { accepted: 0, other: 0 };
  for (let bucket = 0; bucket < (notification.buckets ?? 0); bucket++) {
    for await (const ledger of ports.ledgers(notification, bucket)) {
      if (!closedJobs.has(shortJobId(ledger.jobId))) addSettled(found, ledger);
    }
  }
  return found;
}

function addSettled(into: { accepted: number; other: number }, { marks }: Ledger): void {
  for (const mark of marks) {
    const kind = classOf(markName(mark as Mark));
    if (kind === "accepted") into.accepted++;
    else if (kind !== "pending") into.other++;
  }
}
