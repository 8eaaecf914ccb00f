import type { Notification } from "../core/notification/notification.ts";
import type { PlannedJob, PlanRow } from "../core/plan/plan-row.ts";
import { bucketPk, planRowKey } from "./keys.ts";
import { type Item, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

/** Plan rows: the decisions of one page, written once and never computed again. */
export function planRowStore(delivery: Table) {
  return {
    /** Puts the row if its page has none; the one that stands there otherwise. */
    async put(notification: Notification, row: PlanRow): Promise<PlanRow | undefined> {
      const { app, id, expiresAtMs } = notification;
      const { bucket: _bucket, startKey: _startKey, ...rest } = row;
      const written = await delivery.put(
        { ...planRowKey(app, id, row.bucket, row.startKey), ...rest, ttl: ttlOf(expiresAtMs + KEPT_MS) },
        { condition: "attribute_not_exists(pk)" },
      );
      return written.ok || written.existing === undefined ? undefined : fromItem(written.existing);
    },

    /** The row whose page holds `key`: the last one that starts at or before it. */
    async covering(
      { app, id, row }: Notification,
      bucket: number,
      key: string,
    ): Promise<PlanRow | undefined> {
      if (row) return row;
      const { items } = await delivery.page({
        where: "pk = :pk AND sk BETWEEN :first AND :last",
        values: { ":pk": bucketPk(app, id, bucket), ":first": "plan#", ":last": `plan#${key}` },
        backwards: true,
        limit: 1,
      });
      return items[0] && fromItem(items[0]);
    },

    async *ofBucket({ app, id, row }: Notification, bucket: number): AsyncGenerator<PlanRow> {
      if (row) return yield row;
      const where = "pk = :pk AND begins_with(sk, :plan)";
      const values = { ":pk": bucketPk(app, id, bucket), ":plan": "plan#" };
      for await (const item of delivery.all({ where, values, consistent: true })) yield fromItem(item);
    },
  };
}

export type PlanRowStore = ReturnType<typeof planRowStore>;

function fromItem(item: Item): PlanRow {
  const [pk, sk] = [item["pk"] as string, item["sk"] as string];
  return {
    version: 1,
    bucket: Number(pk.slice(pk.lastIndexOf("#") + 1)),
    startKey: sk.slice("plan#".length),
    nextKey: item["nextKey"] as string | null,
    walked: item["walked"] as number,
    records: (item["records"] as Uint8Array | undefined) ?? new Uint8Array(),
    jobs: item["jobs"] as PlannedJob[],
    createdAtMs: item["createdAtMs"] as number,
  };
}
