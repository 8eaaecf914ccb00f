import { type InboxHead, inboxStore, itemsBetween, readHead } from "./inbox.ts";
import { inboxHeadKey, inboxItemKey } from "./keys.ts";
import type { Table } from "./table.ts";

/** Nobody looks at a badge for the exact number beyond this, and each message more is read for it. */
const MOST_COUNTED = 200;
/** So many messages older than the last 64 are looked at for one id. */
const MOST_SEARCHED = 500;

/** What people have read of their inboxes: everything up to a sequence, and single messages behind it. */
export function inboxReading(inbox: Table, now: () => number) {
  return {
    /** Everything up to `sequence` has arrived and been read. */
    async readThrough(app: string, user: string, sequence: number): Promise<void> {
      const names = { "#sequence": "sequence" };
      const values = { ":sequence": sequence };
      const reached = "#sequence >= :sequence";
      await inbox.update(inboxHeadKey(app, user), "SET readThrough = :sequence", {
        condition: `${reached} AND (attribute_not_exists(readThrough) OR readThrough < :sequence)`,
        ...{ names, values },
      });
      await inboxStore(inbox, now).ack(app, user, sequence);
    },

    /** One message has been read; nothing where the inbox has none of this id. */
    async markRead(app: string, user: string, id: string, atMs: number): Promise<void> {
      const before = await readHead(inbox, app, user);
      if (before === undefined) return;
      const place = before.recent.indexOf(id);
      const sequence = place >= 0 ? before.sequence - place : await placeOfOld(inbox, app, user, before, id);
      if (sequence === undefined || sequence <= (before.readThrough ?? 0)) return;
      await inbox.update(inboxItemKey(app, user, sequence), "SET readAtMs = :at", {
        condition: "id = :id AND attribute_not_exists(readAtMs)",
        values: { ":id": id, ":at": atMs },
      });
    },

    /**
     * How many of the newest messages (`MOST_COUNTED`) are unread and alive, and whether one of this id is there, read
     * or not.
     */
    async unread(app: string, user: string, id: string): Promise<{ count: number; holds: boolean }> {
      const before = await readHead(inbox, app, user);
      if (before === undefined) return { count: 0, holds: false };
      const { recent, readThrough = 0 } = before;
      const { items } = await inbox.page({
        ...itemsBetween(app, user, readThrough + 1),
        attributes: "id, readAtMs, expiresAtMs",
        backwards: true,
        limit: MOST_COUNTED,
        consistent: true,
      });
      const unread = items.filter(
        (item) => item["readAtMs"] === undefined && Number(item["expiresAtMs"]) > now(),
      );
      // It may have come since the head was read.
      return { count: unread.length, holds: recent.includes(id) || items.some((item) => item["id"] === id) };
    },
  };
}

/** A message older than those whose ids the head knows. */
async function placeOfOld(
  inbox: Table,
  app: string,
  user: string,
  { sequence, recent }: InboxHead,
  id: string,
): Promise<number | undefined> {
  const newest = sequence - recent.length;
  if (newest < 1) return undefined; // DynamoDB refuses a range that ends before it begins
  const { values, where } = itemsBetween(app, user, 1, newest);
  const { items } = await inbox.page({
    where,
    values: { ...values, ":id": id },
    names: { "#sequence": "sequence" },
    filter: "id = :id",
    attributes: "#sequence",
    backwards: true,
    limit: MOST_SEARCHED,
  });
  return items[0] && Number(items[0]["sequence"]);
}
