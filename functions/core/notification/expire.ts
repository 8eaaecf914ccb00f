import { openLedger, startedPending } from "../ledger/claim.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { countMarks, MARK } from "../ledger/mark.ts";
import { endOpen } from "../ledger/settle.ts";
import type { PlannedJob, PlanRow } from "../plan/plan-row.ts";
import { CHANNEL_OF } from "../words.ts";
import { isClosed, type Notification, type Progress } from "./notification.ts";

export type ExpirePorts = {
  now(): number;
  /** Whether there is no time left: the rest is for another run. */
  isOver(): boolean;
  progress(notification: Notification, bucket: number): Promise<Progress | undefined>;
  rows(notification: Notification, bucket: number): AsyncIterable<PlanRow>;
  ledger(notification: Notification, bucket: number, job: PlannedJob): Promise<Ledger | undefined>;
  /** Puts the ledger of a job that nobody ever took; false when somebody has meanwhile. */
  openEnded(notification: Notification, bucket: number, ledger: Ledger): Promise<boolean>;
  /** Conditional on the revision before. */
  replace(notification: Notification, bucket: number, ledger: Ledger): Promise<boolean>;
  addClosed(
    notification: Notification,
    bucket: number,
    jobId: string,
    counts: Record<string, number>,
  ): Promise<unknown>;
  end(app: string, id: string, state: "expired" | "completed"): Promise<Notification | undefined>;
  forget(app: string, id: string): Promise<unknown>;
};

/** Jobs ended side by side: each takes three calls one after the other. */
const AT_ONCE = 10;

/**
 * The time of a notification is over (or it was cancelled) and some of its jobs never closed: their messages are
 * lost, waiting or dead. Their open targets end here.
 * @returns false while a worker still holds one of them, or where the time of this run does not suffice
 */
export async function expireNotification(ports: ExpirePorts, notification: Notification): Promise<boolean> {
  const as = notification.state === "cancelled" ? "cancelled" : "expired";
  const found = { isPlanned: true, open: 0, ended: 0 };
  const jobs = openJobs(ports, notification, found);
  const worker = async () => {
    for await (const { bucket, job } of jobs) {
      found.open++;
      if (ports.isOver()) return;
      if (await endJob(ports, notification, bucket, job, as)) found.ended++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (found.ended < found.open || ports.isOver()) return false;
  // Everybody was sent to, and only a ladder waited for a time that lies behind the end.
  const state = found.isPlanned && found.open === 0 ? "completed" : "expired";
  if (!(await ports.end(notification.app, notification.id, state)))
    await ports.forget(notification.app, notification.id);
  return true;
}

type OpenJob = { bucket: number; job: PlannedJob };

/** Jobs that nobody closed; `found` learns whether all of the audience was planned. */
async function* openJobs(
  ports: ExpirePorts,
  notification: Notification,
  found: { isPlanned: boolean },
): AsyncGenerator<OpenJob> {
  const buckets = notification.buckets ?? 0;
  found.isPlanned = buckets > 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const progress = await ports.progress(notification, bucket);
    found.isPlanned &&= progress?.planDone === true;
    for await (const row of ports.rows(notification, bucket))
      for (const job of row.jobs) if (!isClosed(progress, job.id)) yield { bucket, job };
  }
}

async function endJob(
  ports: ExpirePorts,
  notification: Notification,
  bucket: number,
  job: PlannedJob,
  as: "cancelled" | "expired",
): Promise<boolean> {
  const nowMs = ports.now();
  const existing = await ports.ledger(notification, bucket, job);
  if (existing?.state === "leased" && existing.leaseUntilMs > nowMs) return false;
  const open = existing === undefined ? untaken(notification, job, nowMs) : inDoubt(existing);
  const ended = endOpen(open, as, { nowMs, leaseMs: 0 });
  if (!(await writeEnded(ports, notification, bucket, { existing, ended }))) return false;
  const counts = Object.entries(countMarks(ended.marks)).map(([mark, count]) => [
    `${CHANNEL_OF[job.provider]}.${job.provider}.${mark}`,
    count,
  ]);
  await ports.addClosed(notification, bucket, job.id, Object.fromEntries(counts) as Record<string, number>);
  return true;
}

/** What a dead worker had begun may have been sent; as nobody repeats it, that is never known. */
function inDoubt(ledger: Ledger): Ledger {
  if (ledger.state !== "leased") return ledger;
  const marks = ledger.marks.slice();
  for (const position of startedPending(ledger)) marks[position] = MARK.unknown;
  return { ...ledger, marks };
}

const RECONCILER = "reconciler";

/** A ledger that was settled stands as it is: only its counting was missing. */
async function writeEnded(
  ports: ExpirePorts,
  notification: Notification,
  bucket: number,
  { existing, ended }: { existing: Ledger | undefined; ended: Ledger },
): Promise<boolean> {
  if (existing === undefined) return ports.openEnded(notification, bucket, { ...ended, revision: 1 });
  if (existing.state === "settled") return true;
  // Not in the dead worker's name: should it wake, it would take this write for its own, or this one its own for ours.
  return ports.replace(notification, bucket, {
    ...ended,
    owner: RECONCILER,
    revision: existing.revision + 1,
  });
}

/** A ledger for a job whose message never reached a worker: nothing of it was sent. */
function untaken(notification: Notification, job: PlannedJob, nowMs: number): Ledger {
  const rules = { ...notification.rules, window: 0 };
  const claim = {
    jobId: job.id,
    digest: "",
    count: job.count,
    owner: RECONCILER,
    nowMs,
    leaseMs: 0,
    rules,
  };
  return openLedger(claim);
}
