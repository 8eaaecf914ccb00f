import type { Ledger } from "../ledger/ledger.ts";
import { type Mark, markName } from "../ledger/mark.ts";
import { type Notification, shortJobId } from "../notification/notification.ts";
import { bucketsAtOnce, classOf, type Tally } from "./tally.ts";

export type OpenJobsPorts = {
  ledgers(notification: Notification, bucket: number): AsyncIterable<Ledger>;
};

export type Settled = { accepted: number; other: number };

/** What open jobs have settled so far: the totals count a job when it is closed. */
export async function settledInOpenJobs(
  ports: OpenJobsPorts,
  notification: Notification,
  { closedJobs, openJobs }: Pick<Tally, "closedJobs" | "openJobs">,
): Promise<Settled> {
  const found = { accepted: 0, other: 0 };
  if (openJobs === 0) return found;
  const addBucket = async (bucket: number) => {
    for await (const ledger of ports.ledgers(notification, bucket))
      if (!closedJobs.has(shortJobId(ledger.jobId))) addSettled(found, ledger);
  };
  for (const some of bucketsAtOnce(notification)) await Promise.all(some.map(addBucket));
  return found;
}

function addSettled(into: Settled, { marks }: Ledger): void {
  for (const mark of marks) {
    const kind = classOf(markName(mark as Mark));
    if (kind === "accepted") into.accepted++;
    else if (kind !== "pending") into.other++;
  }
}
