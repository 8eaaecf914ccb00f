import { type InboxHead, itemsBetween } from "./inbox-head.ts";
import type { Table } from "./table.ts";

/** So many messages older than the last 64 are looked at for one id. */
const MOST_SEARCHED = 500;

type Search = { app: string; user: string; head: InboxHead; id: string };

/** Where a message stands: by the ids that the head knows, else by a look at older ones. */
export async function sequenceOf(inbox: Table, search: Search): Promise<number | undefined> {
  const { sequence, recent } = search.head;
  const place = recent.indexOf(search.id);
  return place >= 0 ? sequence - place : sequenceOfOld(inbox, search);
}

async function sequenceOfOld(inbox: Table, { app, user, head, id }: Search): Promise<number | undefined> {
  const newest = head.sequence - head.recent.length;
  if (newest < 1) return undefined; // DynamoDB refuses a range that ends before it begins
  const { values, where } = itemsBetween(app, user, Math.max(1, newest - MOST_SEARCHED + 1), newest);
  const found = inbox.all({
    where,
    values: { ...values, ":id": id },
    names: { "#sequence": "sequence" },
    filter: "id = :id",
    attributes: "#sequence",
    backwards: true,
  });
  for await (const item of found) return Number(item["sequence"]);
  return undefined;
}
