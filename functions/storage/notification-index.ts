import type { DayQuestion, NotificationRow } from "../core/api/list-notifications.ts";
import type { NotificationState } from "../core/words.ts";
import { DELIVERY_INDEX } from "../names.ts";
import { headerKey, timePk, timeSk } from "./keys.ts";
import { batchGet, type Item, type Key, type Table } from "./table.ts";

/** Sorts behind every id of the same millisecond. */
const LAST = "\uffff";
/** DynamoDB counts rows before it filters them: a filter looks at this many a read. */
const FILTERED_READ = 500;
/** As many headers as are looked at for one answer when only some states are wanted. */
const HEADERS_READ = 200;
const KEYS_AT_ONCE = 100;

/**
 * Notifications by time of acceptance: one index row each, one partition per app and day. The index holds what never
 * changes: with the state in it every notification would be written to it three times.
 */
export function notificationIndex(delivery: Table) {
  return {
    async day(question: DayQuestion): Promise<{ rows: NotificationRow[]; next?: string }> {
      const { app, limit, states } = question;
      const { items, next } = await indexPage(delivery, question);
      // Headers are read for rows that will be shown, unless a header must tell which ones these are.
      const wanted = states ? items : items.slice(0, limit);
      const found = await withStates(delivery, app, wanted);
      const fitting = states ? found.filter(({ state }) => states.includes(state)) : found;
      const kept = fitting.slice(0, limit);
      if (wanted.length < items.length) return { rows: kept, next: wanted.at(-1)!["timeSk"] as string };
      if (kept.length < fitting.length) {
        const { createdAtMs, id } = kept.at(-1)!;
        return { rows: kept, next: timeSk(createdAtMs, id) };
      }
      const last = next as Item | undefined;
      return { rows: kept, ...(last && { next: last["timeSk"] as string }) };
    },
  };
}

function indexPage(delivery: Table, question: DayQuestion): Promise<{ items: Item[]; next?: Key }> {
  const { app, dayMs, fromMs, toMs, limit, before, states, category } = question;
  const all = category !== undefined ? FILTERED_READ : states ? HEADERS_READ : limit;
  return delivery.page({
    index: DELIVERY_INDEX.byTime,
    where: "timePk = :pk AND timeSk BETWEEN :first AND :last",
    values: {
      ":pk": timePk(app, dayMs),
      ":first": timeSk(fromMs, ""),
      ":last": timeSk(toMs, LAST),
      ...(category !== undefined && { ":category": category }),
    },
    ...(category !== undefined && { filter: "#category = :category", names: { "#category": "category" } }),
    backwards: true,
    limit: all,
    ...(before !== undefined && { start: indexKey(app, dayMs, before) as Key }),
  });
}

/** The rows in their order, each with its header's state; one whose header is gone by now is left out. */
async function withStates(delivery: Table, app: string, items: readonly Item[]): Promise<NotificationRow[]> {
  const rows = items.map(rowOf);
  const states = new Map<string, NotificationState>();
  for (let at = 0; at < rows.length; at += KEYS_AT_ONCE) {
    const keys = rows.slice(at, at + KEYS_AT_ONCE).map(({ id }) => headerKey(app, id));
    const found = await batchGet(delivery.client, [{ table: delivery, keys, consistent: true }]);
    for (const { id, state } of found.get(delivery.name) ?? [])
      states.set(id as string, state as NotificationState);
  }
  return rows.flatMap((row) => {
    const state = states.get(row.id);
    return state === undefined ? [] : [{ ...row, state }];
  });
}

/** An index's start key names the table's key as well; both follow from the sort key. */
function indexKey(app: string, dayMs: number, sk: string): Item {
  const id = sk.slice(sk.indexOf("#") + 1);
  return { ...headerKey(app, id), timePk: timePk(app, dayMs), timeSk: sk };
}

function rowOf(item: Item): Omit<NotificationRow, "state"> {
  const sk = item["timeSk"] as string;
  return {
    id: sk.slice(sk.indexOf("#") + 1),
    category: item["category"] as string,
    createdAtMs: Number(sk.slice(0, sk.indexOf("#"))),
  };
}
