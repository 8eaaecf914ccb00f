import { type InboxHead, inboxStore, itemsBetween, readHead } from "./inbox.ts";
import { inboxHeadKey, inboxItemKey } from "./keys.ts";
import type { Table } from "./table.ts";

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
     * How many messages are unread and alive, and whether one of this id is there, read or not. Of a very large inbox
     * the newest megabyte is looked at.
     */
    async unread(app: string, user: string, id: string): Promise<{ count: number; holds: boolean }> {
      const before = await readHead(inbox, app, user);
      if (before === undefined) return { count: 0, holds: false };
      const { items } = await inbox.page({
        ...itemsBetween(app, user, (before.readThrough ?? 0) + 1),
        attributes: "id, readAtMs, expiresAtMs",
        backwards: true,
        consistent: true,
      });
      const alive = items.filter((item) => Number(item["expiresAtMs"]) > now());
      return {
        count: alive.filter((item) => item["readAtMs"] === undefined).length,
        holds: before.recent.includes(id) || items.some((item) => item["id"] === id),
      };
    },
  };
}

/** A message older than those whose ids the head knows; of a very large inbox the next megabyte is looked at. */
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
  });
  return items[0] && Number(items[0]["sequence"]);
}
