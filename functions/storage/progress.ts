import type { Notification, Progress } from "../core/notification/notification.ts";
import { progressKey } from "./keys.ts";
import { type Item, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;
const COUNT = "c:";

export type Closed = { jobId: string; counts: Record<string, number> };

/** How far each bucket is: moved on by the planner, closed by the dispatchers. */
export function progressStore(delivery: Table) {
  return {
    async get(app: string, id: string, bucket: number, consistent = true): Promise<Progress | undefined> {
      const item = await delivery.get(progressKey(app, id, bucket), { consistent });
      return item && fromItem(item, bucket);
    },

    /**
     * Moves the cursor from one page to the next and counts the page's jobs. The cursor is its own fence:
     * undefined when another planner has moved it from there already.
     */
    async movePage(
      notification: Notification,
      page: { bucket: number; startKey: string; nextKey: string | null; jobs: number; walked: number },
    ): Promise<Progress | undefined> {
      const { app, id, expiresAtMs } = notification;
      const written = await delivery.update(
        progressKey(app, id, page.bucket),
        "SET nextPage = :next, planDone = :done, #ttl = :ttl ADD planned :jobs, walked :walked",
        {
          condition:
            "nextPage = :start OR (attribute_not_exists(nextPage) AND attribute_not_exists(planDone))",
          names: { "#ttl": "ttl" },
          values: {
            ":next": page.nextKey,
            ":start": page.startKey,
            ":done": page.nextKey === null,
            ":jobs": page.jobs,
            ":walked": page.walked,
            ":ttl": ttlOf(expiresAtMs + KEPT_MS),
          },
          returns: "ALL_NEW",
        },
      );
      return written.ok && written.item ? fromItem(written.item, page.bucket) : undefined;
    },

    /** Counts a job's outcomes once, however often it is called for it; the progress as it stands then. */
    async addClosed(app: string, id: string, bucket: number, closed: Closed, ttl: number): Promise<Progress> {
      const names = Object.keys(closed.counts);
      const adds = names.map((_, index) => `#c${index} :c${index}`);
      const written = await delivery.update(
        progressKey(app, id, bucket),
        `SET #ttl = if_not_exists(#ttl, :ttl) ADD ${["jobs :jobs", "closed :one", ...adds].join(", ")}`,
        {
          condition: "NOT contains(jobs, :job)",
          names: {
            "#ttl": "ttl",
            ...Object.fromEntries(names.map((name, index) => [`#c${index}`, COUNT + name])),
          },
          values: {
            ":jobs": new Set([closed.jobId]),
            ":job": closed.jobId,
            ":one": 1,
            ":ttl": ttl,
            ...Object.fromEntries(names.map((name, index) => [`:c${index}`, closed.counts[name]])),
          },
          returns: "ALL_NEW",
        },
      );
      const item = written.ok ? written.item : written.existing;
      if (item === undefined) throw new Error(`progress of ${id}/${bucket} was neither written nor found`);
      return fromItem(item, bucket);
    },
  };
}

export type ProgressStore = ReturnType<typeof progressStore>;

function fromItem(item: Item, bucket: number): Progress {
  const counts = Object.entries(item).filter(([name]) => name.startsWith(COUNT));
  return {
    bucket,
    cursor: (item["nextPage"] as string | null | undefined) ?? null,
    planned: Number(item["planned"] ?? 0),
    closed: Number(item["closed"] ?? 0),
    walked: Number(item["walked"] ?? 0),
    planDone: item["planDone"] === true,
    counts: Object.fromEntries(counts.map(([name, value]) => [name.slice(COUNT.length), Number(value)])),
  };
}
