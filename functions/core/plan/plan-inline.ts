import type { Job } from "../dispatch/job.ts";
import { isClosed, type Notification, type NotificationBody } from "../notification/notification.ts";
import type { AppFacts } from "./decide.ts";
import { decidePage, jobsOf, type ReadPage } from "./plan-page.ts";
import type { PlanRow } from "./plan-row.ts";
import { listKey } from "./shards.ts";
import { type DirectoryReader, listPage, namedUsers } from "./sources.ts";

export type InlinePlanPorts = {
  now(): number;
  reader: Pick<DirectoryReader, "list">;
  facts(app: string): Promise<AppFacts & { paused: boolean }>;
};

/** A short list, decided; nothing of it is written or sent. */
export type InlinePlan = {
  row: PlanRow;
  read: ReadPage;
  /** Of the decision: its jobs come from there. */
  traceparent?: string;
};

/**
 * Decides a list of at most one page before it is accepted, so that its plan row rides in the header: the write that
 * accepts it. Undefined while the app is paused: queues wait, requests do not.
 */
export async function decideInline(
  ports: InlinePlanPorts,
  notification: Notification,
  body: NotificationBody,
): Promise<InlinePlan | undefined> {
  const [facts, read] = await Promise.all([
    ports.facts(notification.app),
    readList(ports, notification.app, body),
  ]);
  if (facts.paused || read.nextKey !== null) return undefined;
  return { row: decidePage(notification, facts, read), read };
}

/** The people of a short list as they stand: so few are read consistently. */
async function readList(
  ports: Pick<InlinePlanPorts, "now" | "reader">,
  app: string,
  body: NotificationBody,
): Promise<ReadPage> {
  const readAtMs = ports.now();
  return { ...(await listPage(ports.reader, app, namedUsers(body), listKey(0))), readAtMs };
}

/** The notification as it is accepted with its plan: nothing is left to watch where nobody is to be sent to. */
export function withPlan(notification: Notification, { row }: InlinePlan, nowMs: number): Notification {
  if (row.jobs.length > 0) return { ...notification, row, state: "sending" };
  const { due: _due, ...rest } = notification;
  return { ...rest, row, state: "completed", completedAtMs: nowMs };
}

/** Jobs of a header's plan row that are not closed yet, with the tokens that its people hold now. */
export async function openInlineJobs(
  ports: Pick<InlinePlanPorts, "now" | "reader">,
  notification: Notification & { row: PlanRow },
  body: NotificationBody,
): Promise<Job[]> {
  const read = await readList(ports, notification.app, body);
  return jobsOf(notification, notification.row, read).filter(
    ({ id }) => !isClosed(notification.progress, id),
  );
}
