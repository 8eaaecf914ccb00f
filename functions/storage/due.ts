import type { Notification } from "../core/notification/notification.ts";
import { DELIVERY_INDEX } from "../names.ts";
import { fromItem } from "./headers.ts";
import { DUE_PARTITIONS, duePk } from "./keys.ts";
import type { Key, Table } from "./table.ts";

/** What one run of the reconciler takes from each partition: the rest is due a minute later as well. */
const PER_PARTITION = 200;

/** Notifications whose time to be looked at has come; the index is sparse and holds keys only. */
export async function* dueNotifications(delivery: Table, now: () => number): AsyncGenerator<Notification> {
  const pages = await Promise.all(
    Array.from({ length: DUE_PARTITIONS }, (_, partition) =>
      delivery.page({
        index: DELIVERY_INDEX.due,
        where: "duePk = :pk AND dueAt <= :now",
        values: { ":pk": duePk(partition), ":now": now() },
        limit: PER_PARTITION,
      }),
    ),
  );
  for (const { pk, sk } of pages.flatMap(({ items }) => items as Key[])) {
    const item = await delivery.get({ pk, sk: sk! }, { consistent: true });
    // The index lags behind the table: look again before acting.
    if (item && Number(item["dueAt"]) <= now()) yield fromItem(item);
  }
}
