import type { DayQuestion, NotificationRow } from "../core/api/list-notifications.ts";
import type { NotificationState } from "../core/words.ts";
import { DELIVERY_INDEX } from "../names.ts";
import { headerKey, timePk, timeSk } from "./keys.ts";
import type { Item, Key, Table } from "./table.ts";

/** Sorts behind every id of the same millisecond. */
const LAST = "\uffff";
/** DynamoDB counts rows before it filters them: a filter looks at this many a read. */
const FILTERED_READ = 500;

/** Notifications by time of acceptance: one index row each, one partition per app and day. */
export function notificationIndex(delivery: Table) {
  return {
    async day(question: DayQuestion): Promise<{ rows: NotificationRow[]; next?: string }> {
      const { app, dayMs, fromMs, toMs, limit, before } = question;
      const filter = filterOf(question);
      const { items, next } = await delivery.page({
        index: DELIVERY_INDEX.byTime,
        where: "timePk = :pk AND timeSk BETWEEN :first AND :last",
        values: {
          ":pk": timePk(app, dayMs),
          ":first": timeSk(fromMs, ""),
          ":last": timeSk(toMs, LAST),
          ...filter.values,
        },
        ...(filter.text && { filter: filter.text, names: filter.names }),
        backwards: true,
        limit: filter.text ? FILTERED_READ : limit,
        ...(before !== undefined && { start: indexKey(app, dayMs, before) as Key }),
      });
      const kept = items.slice(0, limit);
      const last = kept.length < items.length ? kept.at(-1) : (next as Item | undefined);
      return { rows: kept.map(rowOf), ...(last && { next: last["timeSk"] as string }) };
    },
  };
}

/** An index's start key names the table's key as well; both follow from the sort key. */
function indexKey(app: string, dayMs: number, sk: string): Item {
  const id = sk.slice(sk.indexOf("#") + 1);
  return { ...headerKey(app, id), timePk: timePk(app, dayMs), timeSk: sk };
}

function filterOf({ states, category }: DayQuestion) {
  const parts: string[] = [];
  const names: Record<string, string> = {};
  const values: Item = {};
  if (states) {
    names["#state"] = "state";
    for (const [index, state] of states.entries()) values[`:s${index}`] = state;
    parts.push(`#state IN (${states.map((_, index) => `:s${index}`).join(", ")})`);
  }
  if (category !== undefined) {
    names["#category"] = "category";
    values[":category"] = category;
    parts.push("#category = :category");
  }
  return { text: parts.join(" AND "), names, values };
}

function rowOf(item: Item): NotificationRow {
  const sk = item["timeSk"] as string;
  return {
    id: sk.slice(sk.indexOf("#") + 1),
    state: item["state"] as NotificationState,
    category: item["category"] as string,
    createdAtMs: Number(sk.slice(0, sk.indexOf("#"))),
  };
}
