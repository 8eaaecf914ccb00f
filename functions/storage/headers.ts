import { heldJobs, type Notification, type Progress } from "../core/notification/notification.ts";
import type { PlanRow } from "../core/plan/plan-row.ts";
import { listKey } from "../core/plan/shards.ts";
import { FINAL_STATES, type NotificationState, type ProviderName } from "../core/words.ts";
import { duePartition, duePk, headerKey, timePk, timeSk } from "./keys.ts";
import { type Climb, type Closed, climbsIn, closedIn, countsClimb, countsOnce, isCount } from "./progress.ts";
import { alive, type Item, isFree, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

/** Headers: one small item per notification; its conditional put is the commit. */
export function headerStore(delivery: Table, now: () => number) {
  const update = updaterOf(delivery);
  return {
    ...headerRows(delivery, now),
    ...headerChanges(update),
    ...headerEnds(update, now),
    closeInHeader: (place: InHeader, closed: Closed, last: LastJob) =>
      closeInHeader(delivery, place, closed, last, now()),
  };
}

function headerRows(delivery: Table, now: () => number) {
  return {
    /** Commits a notification; the one that stands under its id when there is one. */
    async create(notification: Notification): Promise<Notification | undefined> {
      const written = await delivery.put(toItem(notification), isFree(now()));
      return written.ok || written.existing === undefined ? undefined : fromItem(written.existing);
    },

    async get(app: string, id: string, consistent = false): Promise<Notification | undefined> {
      const item = alive(await delivery.get(headerKey(app, id), { consistent }), now());
      return item && fromItem(item);
    },

    /** Counts the jobs of a short list's climb once. */
    async addClimb(app: string, id: string, climb: Climb): Promise<void> {
      const adds = countsClimb(climb, "climbJobs", "climbTargets");
      await delivery.update(headerKey(app, id), adds.text, adds);
    },

    /** A job of it waits in its queue, and is not lost: the reconciler looks later. */
    async waits(app: string, id: string, atMs: number): Promise<void> {
      await delivery.update(headerKey(app, id), "SET dueAt = :at, due.atMs = :at", {
        condition: "dueAt < :at AND due.what = :plan",
        values: { ":at": atMs, ":plan": "plan" },
      });
    },

    /** Replaces a scheduled notification that has not fired; once written, its own attempt finds it so. */
    async change(next: Notification): Promise<boolean> {
      const written = await delivery.put(toItem(next), {
        condition: "revision = :before AND #state = :scheduled",
        names: { "#state": "state" },
        values: { ":before": next.revision - 1, ":scheduled": "scheduled" },
      });
      // The SDK repeats a write whose answer was lost: then our own stands there already.
      return written.ok || (next.attempt !== undefined && written.existing?.["attempt"] === next.attempt);
    },
  };
}

/** A change of one header; the header as it stands then, or undefined when its condition failed. */
type Updater = (app: string, id: string, change: Change) => Promise<Notification | undefined>;

const updaterOf =
  (delivery: Table): Updater =>
  async (app, id, change) => {
    const condition = `attribute_exists(pk) AND ${change.condition}`;
    const written = await delivery.update(headerKey(app, id), change.set, {
      condition,
      ...(`${change.set} ${condition}`.includes("#state") && { names: { "#state": "state" } }),
      values: change.values,
      returns: "ALL_NEW",
    });
    return written.ok && written.item ? fromItem(written.item) : undefined;
  };

/** How far its plan is, and when somebody looks after it. */
function headerChanges(update: Updater) {
  return {
    /** Its time has come: changes are refused from here on. `due` stays as it is, should its planner die. */
    begin(notification: Notification) {
      return update(notification.app, notification.id, {
        set: "SET #state = :planning",
        condition: "revision = :revision AND #state = :scheduled",
        values: { ":planning": "planning", ":scheduled": "scheduled", ":revision": notification.revision },
      });
    },

    /** All its plan messages or jobs are safely on their way: the next thing to watch is its time to live. */
    planned(notification: Notification, state: "planning" | "sending") {
      const due = { atMs: notification.expiresAtMs + 60_000, step: 0, what: "expire" as const };
      // "planning" is told by the request, and its planner may have been quicker.
      const [condition, states] =
        state === "planning" ? ["#state = :accepted", { ":accepted": "accepted" }] : [NOT_FINAL, FINALS];
      return update(notification.app, notification.id, {
        set: "SET #state = :state, dueAt = :dueAt, due = :due",
        condition: `revision = :revision AND ${condition}`,
        values: {
          ":state": state,
          ":dueAt": due.atMs,
          ":due": due,
          ":revision": notification.revision,
          ...states,
        },
      });
    },

    /** When the reconciler looks again. */
    watch(notification: Notification, due: NonNullable<Notification["due"]>) {
      return update(notification.app, notification.id, {
        set: "SET dueAt = :dueAt, due = :due",
        condition: "revision = :revision AND dueAt = :before",
        values: {
          ":dueAt": due.atMs,
          ":due": due,
          ":revision": notification.revision,
          ":before": notification.due?.atMs ?? 0,
        },
      });
    },

    /** A walk is split once: the number of buckets and who is in the audience never change afterwards. */
    split(notification: Notification, buckets: number, createdBeforeMs: number) {
      return update(notification.app, notification.id, {
        set: "SET buckets = if_not_exists(buckets, :buckets), createdBeforeMs = if_not_exists(createdBeforeMs, :before)",
        condition: `revision = :revision AND ${NOT_FINAL}`,
        values: {
          ":buckets": buckets,
          ":before": createdBeforeMs,
          ":revision": notification.revision,
          ...FINALS,
        },
      });
    },
  };
}

/** What brings a notification to its end. */
function headerEnds(update: Updater, now: () => number) {
  return {
    /** All jobs of a bucket are closed. */
    bucketDone(app: string, id: string, bucket: number) {
      return update(app, id, {
        set: "ADD doneBuckets :bucket",
        condition: "attribute_exists(sk)",
        values: { ":bucket": new Set([bucket]) },
      });
    },

    /** Ends a notification for good; undefined when it had ended already. */
    end(app: string, id: string, state: NotificationState) {
      return update(app, id, {
        set: "SET #state = :state, completedAtMs = :now REMOVE duePk, dueAt, due",
        condition: NOT_FINAL,
        values: { ":state": state, ":now": now(), ...FINALS },
      });
    },

    /** Nothing of it is left to watch over. */
    forget(app: string, id: string) {
      return update(app, id, {
        set: "REMOVE duePk, dueAt, due",
        condition: "attribute_exists(sk)",
        values: undefined,
      });
    },

    /** Cancelled: jobs under way find out before they send; the reconciler still watches over their end. */
    cancel(app: string, id: string) {
      return update(app, id, {
        set: "SET #state = :state, completedAtMs = :now",
        condition: NOT_FINAL,
        values: { ":state": "cancelled", ":now": now(), ...FINALS },
      });
    },
  };
}

/** A notification whose plan row stands in its header. */
export type InHeader = { app: string; id: string };
/** Whether the job is its notification's only one, so that one write closes it and completes the notification. */
export type LastJob = { only: boolean };

/** Counts a job of a short list in its header, once, however often it is called for it. */
async function closeInHeader(
  delivery: Table,
  { app, id }: InHeader,
  closed: Closed,
  { only }: LastJob,
  nowMs: number,
): Promise<Progress> {
  const adds = countsOnce(closed);
  const write = (ends: boolean) =>
    delivery.update(
      headerKey(app, id),
      ends ? `SET #state = :state, completedAtMs = :now REMOVE duePk, dueAt, due ${adds.text}` : adds.text,
      {
        condition: `attribute_exists(sk) AND ${adds.condition}${ends ? ` AND ${NOT_FINAL}` : ""}`,
        names: ends ? { ...adds.names, "#state": "state" } : adds.names,
        values: { ...adds.values, ...(ends && { ":state": "completed", ":now": nowMs, ...FINALS }) },
        returns: "ALL_NEW",
      },
    );
  const ended = only ? await write(true) : undefined;
  if (ended?.ok && ended.item) return { ...fromItem(ended.item).progress!, ended: true, counted: true };
  const written = await write(false);
  const item = written.ok ? written.item : written.existing;
  const progress = item && fromItem(item).progress;
  if (progress === undefined) throw new Error(`header of ${id} holds no plan row`);
  return written.ok ? { ...progress, counted: true } : progress;
}

export type HeaderStore = ReturnType<typeof headerStore>;

type Change = { set: string; condition: string; values: Item | undefined };

const NOT_FINAL = `NOT #state IN (${FINAL_STATES.map((_, index) => `:final${index}`).join(", ")})`;
const FINALS: Item = Object.fromEntries(FINAL_STATES.map((state, index) => [`:final${index}`, state]));

function toItem(notification: Notification): Item {
  const { app, id, createdAtMs, doneBuckets, due, row, progress: _progress, ...rest } = notification;
  return {
    ...headerKey(app, id),
    ...rest,
    app,
    id,
    createdAtMs,
    ...(doneBuckets.length > 0 && { doneBuckets: new Set(doneBuckets) }),
    ...(due && { due, dueAt: due.atMs, duePk: duePk(duePartition(app, id)) }),
    ...(row && { row: packRow(row) }),
    timePk: timePk(app, createdAtMs),
    timeSk: timeSk(createdAtMs, id),
    ttl: ttlOf(notification.expiresAtMs + KEPT_MS),
  };
}

/** Attributes that are not the notification's own. */
const STORED_ONLY = new Set([
  ...["pk", "sk", "ttl", "dueAt", "duePk", "timePk", "timeSk"],
  ...["closed", "jobs", "holdsClosed", "climbs", "climbJobs", "climbTargets"],
]);

export function fromItem(item: Item): Notification {
  const own = Object.entries(item).filter(([name]) => !STORED_ONLY.has(name) && !isCount(name));
  // Written by this store alone: create() took a Notification, and every update keeps its shape.
  const rest = Object.fromEntries(own) as unknown as Notification;
  const doneBuckets = [...((item["doneBuckets"] as Set<number> | undefined) ?? [])];
  const packed = item["row"] as PackedRow | undefined;
  if (packed === undefined) return { ...rest, doneBuckets };
  const row = unpackRow(packed);
  return { ...rest, doneBuckets, row, progress: progressOf(row, item) };
}

/** A short list's plan row inside its header: every byte of it is written with every change of the header. */
type PackedRow = { w: number; t: number; r: Uint8Array; j: [string, string, number][]; l?: true };

const packRow = ({ walked, createdAtMs, records, jobs, ladder }: PlanRow): PackedRow => ({
  w: walked,
  t: createdAtMs,
  r: records,
  j: jobs.map(({ id, provider, count }) => [id, provider, count]),
  ...(ladder && { l: true }),
});

const unpackRow = ({ w, t, r, j, l }: PackedRow): PlanRow => ({
  version: 1,
  bucket: 0,
  startKey: listKey(0),
  nextKey: null,
  walked: w,
  records: r,
  jobs: j.map(([id, provider, count]) => ({ id, provider: provider as ProviderName, count })),
  createdAtMs: t,
  ...(l && { ladder: true }),
});

const progressOf = (row: PlanRow, item: Item): Progress => ({
  bucket: 0,
  cursor: null,
  planned: heldJobs(row) + Number(item["climbJobs"] ?? 0),
  targets: row.jobs.reduce((sum, { count }) => sum + count, 0) + Number(item["climbTargets"] ?? 0),
  walked: row.walked,
  planDone: true,
  held: (row.ladder ? 1 : 0) - Number(item["holdsClosed"] ?? 0),
  ...closedIn(item),
  ...climbsIn(item),
});
