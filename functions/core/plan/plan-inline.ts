import type { Job } from "../dispatch/job.ts";
import { isClosed, type Notification, type NotificationBody } from "../notification/notification.ts";
import type { AppFacts, Candidate } from "./decide.ts";
import { decidePage, jobsOf } from "./plan-page.ts";
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
  candidates: readonly Candidate[];
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
  const named = namedUsers(body);
  const [facts, page] = await Promise.all([
    ports.facts(notification.app),
    listPage(ports.reader, notification.app, named, listKey(0)),
  ]);
  if (facts.paused || page.nextKey !== null) return undefined;
  return { row: decidePage(notification, facts, page, ports.now()), candidates: page.candidates };
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
  const page = await listPage(ports.reader, notification.app, namedUsers(body), listKey(0));
  return jobsOf(notification, notification.row, page.candidates, ports.now()).filter(
    ({ id }) => !isClosed(notification.progress, id),
  );
}
