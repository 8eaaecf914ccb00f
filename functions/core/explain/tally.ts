import type { MarkName } from "../ledger/mark.ts";
import type { Notification, Progress } from "../notification/notification.ts";
import type { Channel, ProviderName } from "../words.ts";

export type TallyPorts = {
  progress(notification: Notification, bucket: number): Promise<Progress | undefined>;
};

export type Totals = Record<"accepted" | "failed" | "suppressed" | "unknown" | "pending", number>;
export type Tally = {
  totals: Totals;
  counts: { channel: Channel; provider: ProviderName; outcomes: Record<string, number> }[];
  walked: number;
  /** Jobs that are not closed yet. */
  openJobs: number;
  /** Jobs whose outcomes the totals hold, by their short names. */
  closedJobs: Set<string>;
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

/** A notification's buckets, as many together as are read at once. */
export function bucketsAtOnce({ buckets = 0 }: Pick<Notification, "buckets">): number[][] {
  const all = Array.from({ length: buckets }, (_, bucket) => bucket);
  const starts = all.filter((bucket) => bucket % CONCURRENCY === 0);
  return starts.map((first) => all.slice(first, first + CONCURRENCY));
}

/** Outcomes of a notification: what its closed jobs have counted, and the rest of the planned targets as pending. */
export async function tally(ports: TallyPorts, notification: Notification): Promise<Tally> {
  const found: Tally = {
    totals: { accepted: 0, failed: 0, suppressed: 0, unknown: 0, pending: 0 },
    counts: [],
    walked: 0,
    openJobs: 0,
    closedJobs: new Set(),
  };
  for (const part of bucketsAtOnce(notification)) {
    const read = await Promise.all(part.map((bucket) => ports.progress(notification, bucket)));
    for (const progress of read) if (progress) add(found, progress);
  }
  return found;
}

function add(into: Tally, progress: Progress): void {
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
  for (const job of progress.closedJobs) into.closedJobs.add(job);
  // A job may be counted closed a moment before its planner has counted its page.
  into.totals.pending += Math.max(0, progress.targets - closed);
}
