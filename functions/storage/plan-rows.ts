import type { Notification } from "../core/notification/notification.ts";
import type { PlannedJob, PlanRow } from "../core/plan/plan-row.ts";
import { bucketPk, climbRowKey, planRowKey } from "./keys.ts";
import { alive, type Item, isFree, type Key, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

/**
 * Plan rows: the decisions of one page, written once and never computed again. Those of a notification that had the id
 * before are over.
 */
export function planRowStore(delivery: Table, now: () => number) {
  const putNew = ({ expiresAtMs }: Notification, key: Key, row: PlanRow) => {
    const { bucket: _bucket, startKey: _startKey, ...rest } = row;
    return delivery.put({ ...key, ...rest, ttl: ttlOf(expiresAtMs + KEPT_MS) }, isFree(now()));
  };
  async function* inBucket(
    { app, id }: Notification,
    bucket: number,
    prefix: string,
  ): AsyncGenerator<PlanRow> {
    const where = "pk = :pk AND begins_with(sk, :prefix)";
    const values = { ":pk": bucketPk(app, id, bucket), ":prefix": prefix };
    for await (const item of delivery.all({ where, values, consistent: true }))
      if (alive(item, now())) yield fromItem(item);
  }
  return {
    /** Puts the row if its page has none; the one that stands there otherwise. */
    async put(notification: Notification, row: PlanRow): Promise<PlanRow | undefined> {
      const { app, id } = notification;
      const written = await putNew(notification, planRowKey(app, id, row.bucket, row.startKey), row);
      return written.ok || written.existing === undefined ? undefined : fromItem(written.existing);
    },

    /** Puts a climb's row; false when its place is taken. */
    async putClimb(notification: Notification, row: PlanRow): Promise<boolean> {
      const { app, id } = notification;
      return (await putNew(notification, climbRowKey(app, id, row.bucket, row.startKey), row)).ok;
    },

    /** A page's own row and its climbs', in their order; nothing while the page is not planned. */
    async ofPage(notification: Notification, bucket: number, page: string): Promise<PlanRow[]> {
      const { app, id, row } = notification;
      const item = row
        ? undefined
        : alive(await delivery.get(planRowKey(app, id, bucket, page), { consistent: true }), now());
      const base = row ?? (item && fromItem(item));
      if (base === undefined) return [];
      const climbs: PlanRow[] = [];
      for await (const climb of inBucket(notification, bucket, `climb#${page}!`)) climbs.push(climb);
      return [base, ...climbs];
    },

    /** The row whose page holds `key`: the last one that starts at or before it. */
    async covering(
      { app, id, row }: Notification,
      bucket: number,
      key: string,
    ): Promise<PlanRow | undefined> {
      if (row) return row;
      for await (const item of delivery.all({
        where: "pk = :pk AND sk BETWEEN :first AND :last",
        values: { ":pk": bucketPk(app, id, bucket), ":first": "plan#", ":last": `plan#${key}` },
        backwards: true,
        limit: 1,
      }))
        if (alive(item, now())) return fromItem(item);
      return undefined;
    },

    /** All rows of a bucket, climbs behind the pages. */
    async *ofBucket(notification: Notification, bucket: number): AsyncGenerator<PlanRow> {
      let mayClimb = false;
      const pages = notification.row ? [notification.row] : inBucket(notification, bucket, "plan#");
      for await (const row of pages) {
        mayClimb ||= row.ladder === true;
        yield row;
      }
      if (mayClimb) yield* inBucket(notification, bucket, "climb#");
    },
  };
}

export type PlanRowStore = ReturnType<typeof planRowStore>;

function fromItem(item: Item): PlanRow {
  const [pk, sk] = [item["pk"] as string, item["sk"] as string];
  return {
    version: 1,
    bucket: Number(pk.slice(pk.lastIndexOf("#") + 1)),
    startKey: sk.slice(sk.indexOf("#") + 1),
    nextKey: item["nextKey"] as string | null,
    walked: item["walked"] as number,
    records: (item["records"] as Uint8Array | undefined) ?? new Uint8Array(),
    jobs: item["jobs"] as PlannedJob[],
    createdAtMs: item["createdAtMs"] as number,
    ...(item["ladder"] === true && { ladder: true }),
  };
}
