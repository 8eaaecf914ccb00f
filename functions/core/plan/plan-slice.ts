import {
  heldJobs,
  isWalk,
  type Notification,
  type NotificationBody,
  type PlanMessage,
  type Progress,
} from "../notification/notification.ts";
import { FINAL_STATES } from "../words.ts";
import type { AppFacts } from "./decide.ts";
import { openInlineJobs } from "./plan-inline.ts";
import { type Page, type PlanPagePorts, planPage, type ReadPage } from "./plan-page.ts";
import type { PlanRow } from "./plan-row.ts";
import { listKey, shardRange, walkerCount, walkKey } from "./shards.ts";
import { type DirectoryReader, listPage, namedUsers, walkPage } from "./sources.ts";

export type PlanPorts = Omit<PlanPagePorts, "reread"> & {
  now(): number;
  reader: DirectoryReader;
  headers: {
    get(app: string, id: string, consistent: boolean): Promise<Notification | undefined>;
    /** Takes a scheduled one, which nobody can change any more; undefined when it is not scheduled, or not so. */
    begin(notification: Notification): Promise<Notification | undefined>;
    planned(notification: Notification, state: "sending"): Promise<Notification | undefined>;
    /** Nobody is sent to any more; what is under way finds out before it sends. */
    cancel(app: string, id: string): Promise<unknown>;
    split(
      notification: Notification,
      buckets: number,
      createdBeforeMs: number,
    ): Promise<Notification | undefined>;
  };
  bodies: { read(notification: Notification): Promise<NotificationBody> };
  progress: {
    get(app: string, id: string, bucket: number): Promise<Progress | undefined>;
    movePage(notification: Notification, page: PlannedPage): Promise<Progress | undefined>;
  };
  /** Undefined when the app was removed since. @throws Error when it is missing otherwise */
  facts(of: Notification): Promise<(AppFacts & { paused: boolean }) | undefined>;
  userCount(app: string): Promise<number>;
  /** Stores a broadcast for those who are not connected now. */
  storeBroadcast(notification: Notification, body: NotificationBody): Promise<void>;
  enqueuePlans(messages: readonly PlanMessage[], notification: Notification): Promise<void>;
  /** Ends the bucket, and with the last one the notification, if all its jobs are closed. */
  settleBucket(notification: Notification, progress: Progress): Promise<void>;
};

/** A page that is decided and whose jobs are with their queues. */
export type PlannedPage = {
  bucket: number;
  startKey: string;
  nextKey: string | null;
  /** With one for the page's ladder. */
  jobs: number;
  /** Ladders of the page: one, or none. */
  holds: number;
  targets: number;
  walked: number;
};

/** What becomes of the plan message. */
export type PlanAnswer =
  | { kind: "done" }
  | { kind: "continue" }
  | { kind: "wait"; untilMs: number; why: string };

const DONE = { kind: "done" } as const;
const PAUSE_LOOK_MS = 5_000;
/** Large audiences are read at half the price, from copies that may lag by a second. */
const READ_LAG_MS = 2_000;

/**
 * Works at a notification's plan until it is done or `deadlineMs`; the rest is another slice of the same message.
 * Repeating a slice is harmless: rows are never recomputed and the cursor is its own fence.
 */
export async function planSlice(
  ports: PlanPorts,
  message: PlanMessage,
  deadlineMs: number,
): Promise<PlanAnswer> {
  const begun = await begin(ports, message);
  if ("kind" in begun) return begun;
  const { notification, facts } = begun;
  if (notification.row) return sendInline(ports, { ...notification, row: notification.row });
  if (isWalk(notification) && message.bucket === undefined) return splitWalk(ports, notification, message);
  const walk = isWalk(notification);
  const pages = walk
    ? walkPages(ports, notification, message.bucket ?? 0)
    : await listPages(ports, notification);
  const answer = await planPages(ports, notification, facts, pages, deadlineMs);
  if (answer.kind === "done" && !walk) await ports.headers.planned(notification, "sending");
  return answer;
}

type Begun = { notification: Notification; facts: AppFacts };

/** The notification that may be planned now; else what becomes of its message. */
async function begin(ports: PlanPorts, message: PlanMessage): Promise<Begun | PlanAnswer> {
  const found = await ports.headers.get(message.app, message.notification, true);
  const verdict = found === undefined ? DONE : standing(found, message, ports.now());
  if (found === undefined || verdict) return verdict ?? DONE;
  // Its jobs come from this slice, whose traceparent the message carries, not from the acceptance.
  const notification = { ...found, traceparent: message.traceparent ?? found.traceparent };
  const facts = await ports.facts(notification);
  if (facts === undefined) return withoutApp(ports, notification);
  if (facts.paused) return { kind: "wait", untilMs: ports.now() + PAUSE_LOOK_MS, why: "paused" };
  // Read again where somebody else was first: another planner, or a change.
  if (found.state === "scheduled" && !(await ports.headers.begin(notification))) return { kind: "continue" };
  return { notification, facts };
}

/** Void, too early or ended notifications are not planned. */
function standing(notification: Notification, message: PlanMessage, nowMs: number): PlanAnswer | undefined {
  if (notification.revision !== message.revision) return DONE;
  if (FINAL_STATES.includes(notification.state)) return DONE;
  if (nowMs >= notification.expiresAtMs) return DONE; // the reconciler writes it expired
  if (notification.sendAtMs !== undefined && notification.sendAtMs > nowMs) {
    return { kind: "wait", untilMs: notification.sendAtMs, why: "scheduled" };
  }
  return undefined;
}

/** Whoever removed the app wants none of it sent. */
async function withoutApp(ports: PlanPorts, { app, id }: Notification): Promise<PlanAnswer> {
  await ports.headers.cancel(app, id);
  return DONE;
}

/** A short list was decided when it was accepted, and its jobs may not have reached their queues. */
async function sendInline(
  ports: PlanPorts,
  notification: Notification & { row: PlanRow },
): Promise<PlanAnswer> {
  const body = await ports.bodies.read(notification);
  if (notification.row.ladder) await ports.startLadder(notification, notification.row);
  await ports.sendJobs(notification, await openInlineJobs(ports, notification, body));
  await ports.headers.planned(notification, "sending");
  return DONE;
}

async function splitWalk(
  ports: PlanPorts,
  notification: Notification,
  message: PlanMessage,
): Promise<PlanAnswer> {
  // All its buckets are with their queue: this is a second message.
  if (notification.buckets !== undefined && notification.state === "sending") return DONE;
  const wanted = notification.buckets ?? walkerCount(await ports.userCount(notification.app));
  const split = await ports.headers.split(notification, wanted, notification.createdBeforeMs ?? ports.now());
  if (split === undefined) return DONE;
  if (split.channels.includes("inApp")) await ports.storeBroadcast(split, await ports.bodies.read(split));
  const buckets = Array.from({ length: split.buckets ?? wanted }, (_, bucket) => bucket);
  await ports.enqueuePlans(
    buckets.map((bucket) => ({ ...message, bucket })),
    split,
  );
  await ports.headers.planned(split, "sending");
  return DONE;
}

type Pages = {
  bucket: number;
  first: string;
  read(startKey: string, again?: { until: string | null }): Promise<Page>;
};

async function listPages(
  ports: Pick<PlanPorts, "reader" | "bodies">,
  notification: Notification,
): Promise<Pages> {
  const named = namedUsers(await ports.bodies.read(notification));
  return {
    bucket: 0,
    first: listKey(0),
    read: (startKey) => listPage(ports.reader, notification.app, named, startKey),
  };
}

function walkPages(ports: Pick<PlanPorts, "reader">, notification: Notification, bucket: number): Pages {
  const { from, to } = shardRange(bucket, notification.buckets ?? 1);
  const walk = {
    app: notification.app,
    bucket,
    to,
    withConnections: notification.channels.includes("inApp"),
    ...(notification.createdBeforeMs !== undefined && { createdBeforeMs: notification.createdBeforeMs }),
  };
  return {
    bucket,
    first: walkKey(from, ""),
    read: (startKey, again) => walkPage(ports.reader, walk, startKey, again),
  };
}

/** The people of a planned page as they stand now. */
export async function readAgain(
  ports: Pick<PlanPorts, "now" | "reader" | "bodies">,
  notification: Notification,
  row: PlanRow,
): Promise<ReadPage> {
  const pages = isWalk(notification)
    ? walkPages(ports, notification, row.bucket)
    : await listPages(ports, notification);
  const readAtMs = ports.now() - READ_LAG_MS;
  return { ...(await pages.read(row.startKey, { until: row.nextKey })), readAtMs };
}

async function planPages(
  ports: PlanPorts,
  notification: Notification,
  facts: AppFacts,
  pages: Pages,
  deadlineMs: number,
): Promise<PlanAnswer> {
  const { app, id } = notification;
  const read = async (...place: Parameters<Pages["read"]>): Promise<ReadPage> => {
    const readAtMs = ports.now() - READ_LAG_MS;
    return { ...(await pages.read(...place)), readAtMs };
  };
  const pagePorts: PlanPagePorts = {
    ...ports,
    reread: (page, row) => read(page.startKey, { until: row.nextKey }),
  };
  const before = await ports.progress.get(app, id, pages.bucket);
  if (before?.planDone) {
    await ports.settleBucket(notification, before);
    return DONE;
  }
  let startKey = before?.cursor ?? pages.first;
  for (;;) {
    const row = await planPage(pagePorts, notification, facts, await read(startKey));
    const { nextKey, walked } = row;
    const targets = row.jobs.reduce((sum, { count }) => sum + count, 0);
    const held = heldJobs(row);
    const holds = row.ladder ? 1 : 0;
    const page = { bucket: pages.bucket, startKey, nextKey, jobs: held, holds, targets, walked };
    const moved =
      (await ports.progress.movePage(notification, page)) ??
      (await ports.progress.get(app, id, pages.bucket));
    if (moved === undefined) return { kind: "continue" };
    if (moved.planDone) {
      await ports.settleBucket(notification, moved);
      return DONE;
    }
    startKey = moved.cursor ?? startKey;
    if (ports.now() >= deadlineMs) return { kind: "continue" };
  }
}
