import { openLedger } from "../ledger/claim.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { countMarks } from "../ledger/mark.ts";
import { endOpen } from "../ledger/settle.ts";
import type { PlannedJob, PlanRow } from "../plan/plan-row.ts";
import { CHANNEL_OF } from "../words.ts";
import { isClosed, type Notification, type Progress } from "./notification.ts";

export type ExpirePorts = {
  now(): number;
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
  end(app: string, id: string, state: "expired"): Promise<Notification | undefined>;
  forget(app: string, id: string): Promise<unknown>;
};

/**
 * The time of a notification is over (or it was cancelled) and some of its jobs never closed: their messages are
 * lost, waiting or dead. Their open targets end here.
 * @returns false while a worker still holds one of them
 */
export async function expireNotification(ports: ExpirePorts, notification: Notification): Promise<boolean> {
  const as = notification.state === "cancelled" ? "cancelled" : "expired";
  let allEnded = true;
  for (let bucket = 0; bucket < (notification.buckets ?? 0); bucket++) {
    const progress = await ports.progress(notification, bucket);
    for await (const row of ports.rows(notification, bucket)) {
      const open = row.jobs.filter((job) => !isClosed(progress, job.id));
      for (const job of open) allEnded = (await endJob(ports, notification, bucket, job, as)) && allEnded;
    }
  }
  if (!allEnded) return false;
  if (!(await ports.end(notification.app, notification.id, "expired")))
    await ports.forget(notification.app, notification.id);
  return true;
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
  const ended = endOpen(existing ?? untaken(notification, job, nowMs), as, { nowMs, leaseMs: 0 });
  if (!(await writeEnded(ports, notification, bucket, { existing, ended }))) return false;
  const counts = Object.entries(countMarks(ended.marks)).map(([mark, count]) => [
    `${CHANNEL_OF[job.provider]}.${job.provider}.${mark}`,
    count,
  ]);
  await ports.addClosed(notification, bucket, job.id, Object.fromEntries(counts) as Record<string, number>);
  return true;
}

/** A ledger that was settled stands as it is: only its counting was missing. */
async function writeEnded(
  ports: ExpirePorts,
  notification: Notification,
  bucket: number,
  { existing, ended }: { existing: Ledger | undefined; ended: Ledger },
): Promise<boolean> {
  if (existing === undefined) return ports.openEnded(notification, bucket, { ...ended, revision: 1 });
  if (existing.state === "settled") return true;
  return ports.replace(notification, bucket, { ...ended, revision: existing.revision + 1 });
}

/** A ledger for a job whose message never reached a worker: nothing of it was sent. */
function untaken(notification: Notification, job: PlannedJob, nowMs: number): Ledger {
  const rules = { ...notification.rules, window: 0 };
  const claim = {
    jobId: job.id,
    digest: "",
    count: job.count,
    owner: "reconciler",
    nowMs,
    leaseMs: 0,
    rules,
  };
  return openLedger(claim);
}
