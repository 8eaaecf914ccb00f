import type { Notification } from "../core/notification/notification.ts";
import { DELIVERY_INDEX } from "../names.ts";
import { fromItem } from "./headers.ts";
import { DUE_PARTITIONS, duePk } from "./keys.ts";
import type { Key, Table } from "./table.ts";

/** What one run of the reconciler takes from each partition: the rest is due a minute later as well. */
const PER_PARTITION = 1_000;

/** Notifications whose time to be looked at has come. */
export function dueStore(delivery: Table, now: () => number) {
  return {
    partitions: DUE_PARTITIONS,

    /** Where they lie, the longest due first: the index is sparse and holds keys only. */
    async keys(partition: number): Promise<Key[]> {
      const { items } = await delivery.page({
        index: DELIVERY_INDEX.due,
        where: "duePk = :pk AND dueAt <= :now",
        values: { ":pk": duePk(partition), ":now": now() },
        limit: PER_PARTITION,
      });
      return items as Key[];
    },

    /** The index lags behind the table: undefined where it is not due any more. */
    async get({ pk, sk }: Key): Promise<Notification | undefined> {
      const item = await delivery.get({ pk, ...(sk !== undefined && { sk }) }, { consistent: true });
      return item && Number(item["dueAt"]) <= now() ? fromItem(item) : undefined;
    },
  };
}
