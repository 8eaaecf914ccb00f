import type { MarkName } from "../ledger/mark.ts";
import type { Notification, Progress } from "../notification/notification.ts";
import type { PlannedJob } from "../plan/plan-row.ts";
import type { Channel, ProviderName } from "../words.ts";

export type TallyPorts = {
  progress(app: string, id: string, bucket: number): Promise<Progress | undefined>;
  /** Jobs of a bucket's plan rows. */
  jobs(app: string, id: string, bucket: number): AsyncIterable<PlannedJob>;
};

export type Totals = Record<"accepted" | "failed" | "suppressed" | "unknown" | "pending", number>;
export type Tally = {
  totals: Totals;
  counts: { channel: Channel; provider: ProviderName; outcomes: Record<string, number> }[];
  walked: number;
  /** Jobs that are not closed yet. */
  openJobs: number;
};

const CLASS: Record<MarkName, keyof Totals> = {
  accepted: "accepted",
  gone: "failed",
  rejected: "failed",
  misconfigured: "failed",
  expired: "failed",
  failed: "failed",
  poison: "failed",
  suppressed: "suppressed",
  cancelled: "suppressed",
  unknown: "unknown",
  pending: "pending",
  retry: "pending",
  throttled: "pending",
  doubtful: "pending",
};

/** Which of the five totals an outcome belongs to. */
export const classOf = (mark: MarkName): keyof Totals => CLASS[mark];

/** Buckets read at once: a broadcast has up to 256. */
const CONCURRENCY = 16;

/** Outcomes of a notification: the closed jobs' counters, and what its plan rows hold beyond them as pending. */
export async function tally(ports: TallyPorts, notification: Notification): Promise<Tally> {
  const found: Tally = {
    totals: { accepted: 0, failed: 0, suppressed: 0, unknown: 0, pending: 0 },
    counts: [],
    walked: 0,
    openJobs: 0,
  };
  const buckets = Array.from({ length: notification.buckets ?? 0 }, (_, bucket) => bucket);
  for (let first = 0; first < buckets.length; first += CONCURRENCY) {
    const part = buckets.slice(first, first + CONCURRENCY);
    const read = await Promise.all(part.map((bucket) => readBucket(ports, notification, bucket)));
    for (const bucket of read) if (bucket) add(found, bucket.progress, bucket.planned);
  }
  return found;
}

/** How far a bucket is, and the number of its targets; only an unfinished one's plan rows have to be read. */
async function readBucket(
  ports: TallyPorts,
  { app, id }: Notification,
  bucket: number,
): Promise<{ progress: Progress; planned: number } | undefined> {
  const progress = await ports.progress(app, id, bucket);
  if (progress === undefined) return undefined;
  const closed = sum(Object.values(progress.counts));
  if (progress.planDone && progress.closed >= progress.planned) return { progress, planned: closed };
  let planned = 0;
  for await (const { count } of ports.jobs(app, id, bucket)) planned += count;
  return { progress, planned: Math.max(planned, closed) };
}

function add(into: Tally, progress: Progress, planned: number): void {
  into.walked += progress.walked;
  into.openJobs += Math.max(0, progress.planned - progress.closed);
  let closed = 0;
  for (const [name, count] of Object.entries(progress.counts)) {
    const [channel, provider, mark] = name.split(".") as [Channel, ProviderName, MarkName];
    closed += count;
    into.totals[classOf(mark)] += count;
    const row = into.counts.find((known) => known.channel === channel && known.provider === provider);
    if (row) row.outcomes[mark] = (row.outcomes[mark] ?? 0) + count;
    else into.counts.push({ channel, provider, outcomes: { [mark]: count } });
  }
  into.totals.pending += planned - closed;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
