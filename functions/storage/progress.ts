import { type Notification, type Progress, shortJobId } from "../core/notification/notification.ts";
import type { PlannedPage } from "../core/plan/plan-slice.ts";
import { progressKey } from "./keys.ts";
import { alive, type Condition, type Item, isFree, type Table, ttlOf, type Written } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;
const COUNT = "c:";

export type Closed = {
  /** Nothing but a ladder: absent. */
  jobId?: string;
  counts: Record<string, number>;
  /** The job that its page counts for a ladder, closed by the same write. */
  hold?: string;
};

/** How far each bucket is: moved on by the planner, closed by the dispatchers. */
export function progressStore(delivery: Table, now: () => number) {
  const change = changeOf(delivery, now);
  const get = async (app: string, id: string, bucket: number): Promise<Progress | undefined> => {
    const item = alive(await delivery.get(progressKey(app, id, bucket), { consistent: true }), now());
    return item && fromItem(item, bucket);
  };
  return {
    get,

    /** Of a short list it stands in the header. */
    of: async ({ app, id, progress }: Notification, bucket: number): Promise<Progress | undefined> =>
      progress ?? get(app, id, bucket),

    /**
     * Moves the cursor from one page to the next and counts the page's jobs. The cursor is its own fence:
     * undefined when another planner has moved it from there already.
     */
    async movePage(notification: Notification, page: PlannedPage): Promise<Progress | undefined> {
      const { app, id, expiresAtMs } = notification;
      const ttl = ttlOf(expiresAtMs + KEPT_MS);
      const written = await change(
        { ...progressKey(app, id, page.bucket), ttl },
        "SET nextPage = :next, planDone = :done, #ttl = :ttl ADD planned :jobs, targets :targets, walked :walked, holds :holds",
        {
          condition:
            "nextPage = :start OR (attribute_not_exists(nextPage) AND attribute_not_exists(planDone))",
          values: {
            ":next": page.nextKey,
            ":start": page.startKey,
            ":done": page.nextKey === null,
            ":jobs": page.jobs,
            ":targets": page.targets,
            ":walked": page.walked,
            ":holds": page.holds,
            ":ttl": ttl,
          },
        },
      );
      return written.ok && written.item ? fromItem(written.item, page.bucket) : undefined;
    },

    /** Counts the jobs of a climb once, however often it is called for its row. */
    async addClimb(app: string, id: string, bucket: number, climb: Climb): Promise<void> {
      const adds = countsClimb(climb, "planned", "targets");
      await delivery.update(progressKey(app, id, bucket), adds.text, adds);
    },

    /** Counts a job's outcomes once, however often it is called for it; the progress as it stands then. */
    async addClosed(app: string, id: string, bucket: number, closed: Closed, ttl: number): Promise<Progress> {
      const adds = countsOnce(closed);
      const written = await change(
        { ...progressKey(app, id, bucket), ttl },
        `SET #ttl = if_not_exists(#ttl, :ttl) ${adds.text}`,
        {
          condition: adds.condition,
          names: adds.names,
          values: { ":ttl": ttl, ...adds.values },
        },
      );
      const item = written.ok ? written.item : written.existing;
      if (item === undefined) throw new Error(`progress of ${id}/${bucket} was neither written nor found`);
      return { ...fromItem(item, bucket), ...(written.ok && { counted: true }) };
    },
  };
}

/**
 * Changes a row as it was read, to begin with an empty one where that of a notification that had the id before still
 * stands: its cursor and its counts are not this one's.
 */
const changeOf =
  (delivery: Table, now: () => number) =>
  async (
    row: { pk: string; sk: string; ttl: number },
    text: string,
    when: Condition & { condition: string },
  ): Promise<Written> => {
    const { pk, sk } = row;
    const update = () =>
      delivery.update({ pk, sk }, text, {
        condition: `(${when.condition}) AND (attribute_not_exists(#ttl) OR #ttl >= :now)`,
        names: { ...when.names, "#ttl": "ttl" },
        values: { ...when.values, ":now": ttlOf(now()) },
        returns: "ALL_NEW",
      });
    const written = await update();
    if (written.ok || written.existing === undefined || alive(written.existing, now())) return written;
    await delivery.put(row, isFree(now()));
    return update();
  };

export type Climb = { key: string; jobs: number; targets: number };

/** An update that adds a climb's jobs and targets to these fields, and the condition that it does so once. */
export const countsClimb = ({ key, jobs, targets }: Climb, planned: string, sent: string) => ({
  text: `ADD climbs :keys, ${planned} :jobs, ${sent} :targets`,
  condition: "attribute_exists(pk) AND NOT contains(climbs, :key)",
  values: { ":keys": new Set([key]), ":key": key, ":jobs": jobs, ":targets": targets } as Item,
});

/** The part of an update that counts a job's outcomes, and the condition that it does so once. */
export function countsOnce({ jobId, counts, hold }: Closed) {
  const names = Object.keys(counts);
  const closed = [jobId, hold].filter((id) => id !== undefined).map(shortJobId);
  const adds = names.map((_, index) => `#c${index} :c${index}`);
  return {
    text: `ADD ${["jobs :jobs", "closed :closed", ...(hold ? ["holdsClosed :one"] : []), ...adds].join(", ")}`,
    condition: "NOT contains(jobs, :job)",
    names: Object.fromEntries(names.map((name, index) => [`#c${index}`, COUNT + name])),
    values: {
      ":jobs": new Set(closed),
      ":job": closed[0],
      ":closed": closed.length,
      ...(hold && { ":one": 1 }),
      ...Object.fromEntries(names.map((name, index) => [`:c${index}`, counts[name]])),
    } as Item,
  };
}

export type ProgressStore = ReturnType<typeof progressStore>;

function fromItem(item: Item, bucket: number): Progress {
  return {
    bucket,
    cursor: (item["nextPage"] as string | null | undefined) ?? null,
    planned: Number(item["planned"] ?? 0),
    targets: Number(item["targets"] ?? 0),
    walked: Number(item["walked"] ?? 0),
    planDone: item["planDone"] === true,
    held: Number(item["holds"] ?? 0) - Number(item["holdsClosed"] ?? 0),
    ...climbsIn(item),
    ...closedIn(item),
  };
}

export const climbsIn = (item: Item): Pick<Progress, "climbs"> =>
  item["climbs"] === undefined ? {} : { climbs: item["climbs"] as Set<string> };

/** What the closed jobs have counted, in a progress row or in a header. */
export function closedIn(item: Item): Pick<Progress, "closed" | "closedJobs" | "counts"> {
  const counts = Object.entries(item).filter(([name]) => name.startsWith(COUNT));
  return {
    closed: Number(item["closed"] ?? 0),
    closedJobs: (item["jobs"] as Set<string> | undefined) ?? new Set(),
    counts: Object.fromEntries(counts.map(([name, value]) => [name.slice(COUNT.length), Number(value)])),
  };
}

export const isCount = (name: string): boolean => name.startsWith(COUNT);
