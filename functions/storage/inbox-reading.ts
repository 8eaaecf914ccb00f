import { inboxStore, MAX_RACES, pauseAfter } from "./inbox.ts";
import { type InboxHead, itemsBetween, readHead, unchanged } from "./inbox-head.ts";
import { sequenceOf } from "./inbox-search.ts";
import { inboxHeadKey, inboxItemKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

/** Nobody looks at a badge for the exact number beyond this, and each message more is read for it. */
const MOST_COUNTED = 200;
/** Messages that were read elsewhere and have not come here yet: so many of the latest are remembered. */
const MOST_AHEAD = 16;
const EMPTY_MS = 30 * 86_400_000;

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

    /** One message has been read; where it has not come yet (a broadcast does on connect), it will come as read. */
    async markRead(app: string, user: string, id: string, atMs: number): Promise<void> {
      for (let race = 0; race < MAX_RACES; race++) {
        const before = await readHead(inbox, app, user);
        const sequence = before && (await sequenceOf(inbox, { app, user, head: before, id }));
        if (sequence === undefined) {
          if (await readAhead(inbox, { app, user, before, id, nowMs: now() })) return;
          await pauseAfter(race);
          continue;
        }
        if (sequence > (before?.readThrough ?? 0))
          await inbox.update(inboxItemKey(app, user, sequence), "SET readAtMs = :at", {
            condition: "id = :id AND attribute_not_exists(readAtMs)",
            values: { ":id": id, ":at": atMs },
          });
        return;
      }
      throw new Error("an inbox changed eight times while one message was read");
    },

    /**
     * How many of the newest messages (`MOST_COUNTED`) are unread and alive, and whether one of this id is there, read
     * or not.
     */
    async unread(app: string, user: string, id: string): Promise<{ count: number; holds: boolean }> {
      const before = await readHead(inbox, app, user);
      if (before === undefined) return { count: 0, holds: false };
      const { recent, readThrough = 0 } = before;
      const items = await firstOf(
        MOST_COUNTED,
        inbox.all({
          ...itemsBetween(app, user, readThrough + 1),
          attributes: "id, readAtMs, expiresAtMs",
          backwards: true,
          limit: MOST_COUNTED,
          consistent: true,
        }),
      );
      const unread = items.filter(
        (item) => item["readAtMs"] === undefined && Number(item["expiresAtMs"]) > now(),
      );
      // It may have come since the head was read.
      return { count: unread.length, holds: recent.includes(id) || items.some((item) => item["id"] === id) };
    },
  };
}

/** A page of DynamoDB's ends at 1 MB, which may be less than its limit. */
async function firstOf<T>(most: number, items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length === most) break;
  }
  return found;
}

type ReadAhead = { app: string; user: string; before: InboxHead | undefined; id: string; nowMs: number };

/** @returns false where the inbox has changed since: the message may have come */
async function readAhead(inbox: Table, { app, user, before, id, nowMs }: ReadAhead): Promise<boolean> {
  if (before?.readAhead.includes(id)) return true;
  const ids = [...(before?.readAhead ?? []), id].slice(-MOST_AHEAD);
  if (before === undefined) {
    // Nobody's as long as nothing comes: it may be a person who is erased.
    const set = "SET #sequence = :none, acked = :none, recent = :empty, readAhead = :ids, #ttl = :ttl";
    const written = await inbox.update(inboxHeadKey(app, user), set, {
      condition: "attribute_not_exists(pk)",
      names: { "#sequence": "sequence", "#ttl": "ttl" },
      values: { ":none": 0, ":empty": [], ":ids": ids, ":ttl": ttlOf(nowMs + EMPTY_MS) },
    });
    return written.ok;
  }
  const { condition, names, values } = unchanged(before);
  const all = { ...values, ":ids": ids };
  return (
    await inbox.update(inboxHeadKey(app, user), "SET readAhead = :ids", { condition, names, values: all })
  ).ok;
}
