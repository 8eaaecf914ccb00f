import { AppError } from "../errors/app-error.ts";
import { classOf, type TallyPorts, tally } from "../explain/tally.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Mark, markName } from "../ledger/mark.ts";
import { isWalk, type Notification } from "../notification/notification.ts";
import type { CancelledAnswer } from "./notification-answers.ts";

export type CancelPorts = TallyPorts & {
  /** The header as it stood, or undefined. */
  get(app: string, id: string): Promise<Notification | undefined>;
  /** Undefined when it had ended already. */
  cancel(app: string, id: string): Promise<Notification | undefined>;
  deleteSchedule(app: string, id: string): Promise<void>;
  ledger(app: string, id: string, bucket: number, job: string): Promise<Ledger | undefined>;
};

/** Open jobs whose ledgers are read to say exactly what was accepted; a broadcast may have thousands. */
const MAX_LEDGERS = 200;

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
  const { totals, walked, openJobs } = await tally(ports, notification);
  const settled = openJobs > 0 ? await settledInOpenJobs(ports, notification) : { accepted: 0, other: 0 };
  const { recipients, id } = notification;
  return {
    id,
    state: "cancelled",
    accepted: totals.accepted + settled.accepted,
    stopped: Math.max(0, totals.pending - settled.accepted - settled.other),
    undecided: recipients === undefined ? "counting" : Math.max(0, recipients - walked),
  };
}

/** What open jobs have settled so far; of a broadcast's only the first two hundred are looked at. */
async function settledInOpenJobs(ports: CancelPorts, notification: Notification) {
  const { app, id, buckets = 0 } = notification;
  const found = { accepted: 0, other: 0 };
  let left = isWalk(notification) ? MAX_LEDGERS : Number.POSITIVE_INFINITY;
  for (let bucket = 0; bucket < buckets && left > 0; bucket++) {
    for await (const job of ports.jobs(app, id, bucket)) {
      if (left-- <= 0) break;
      addSettled(found, await ports.ledger(app, id, bucket, job.id));
    }
  }
  return found;
}

function addSettled(into: { accepted: number; other: number }, ledger: Ledger | undefined): void {
  // A closed job is in the counters already.
  if (ledger === undefined || ledger.state === "closed") return;
  for (const mark of ledger.marks) {
    const kind = classOf(markName(mark as Mark));
    if (kind === "accepted") into.accepted++;
    else if (kind !== "pending") into.other++;
  }
}
