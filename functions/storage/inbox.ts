import { TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Broadcast, InboxItem, InboxMessage } from "../core/inbox/inbox.ts";
import { broadcastPk, inboxHeadKey, inboxItemKey, inboxPk } from "./keys.ts";
import { type Item, type Table, toAttributes, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;
/** A replay within this many messages is recognised by its id. */
const RECENT_IDS = 64;
const MAX_RACES = 8;
const ERASED_AT_ONCE = 25;

export type InboxHead = {
  sequence: number;
  acked: number;
  /** Everything up to this sequence has been read; single messages behind it say it of themselves. */
  readThrough?: number;
  /** Place of the last broadcast that was looked at. */
  broadcastSeen?: string;
  recent: string[];
};

/** Inboxes: a head and its items; sequence and item change in one transaction. */
export function inboxStore(inbox: Table, now: () => number) {
  const head = (app: string, user: string) => readHead(inbox, app, user);
  return {
    head,

    /** Appends a message once; its place in the user's sequence, whether it was new or not. */
    async append(app: string, user: string, message: InboxMessage): Promise<number> {
      for (let race = 0; race < MAX_RACES; race++) {
        const before = await head(app, user);
        const known = before?.recent.indexOf(message.id) ?? -1;
        if (before && known >= 0) return before.sequence - known;
        const sequence = (before?.sequence ?? 0) + 1;
        if (await appended(inbox, app, user, before, { ...message, sequence }, now())) return sequence;
        await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** race * Math.random()));
      }
      throw new Error("an inbox changed eight times while one message was appended");
    },

    /** Everything a client has up to `sequence` need not be sent again. */
    async ack(app: string, user: string, sequence: number): Promise<void> {
      await inbox.update(inboxHeadKey(app, user), "SET acked = :sequence", {
        condition: "#sequence >= :sequence AND acked < :sequence",
        names: { "#sequence": "sequence" },
        values: { ":sequence": sequence },
      });
    },

    /** Whether a message is among what the user's clients have acknowledged; of the last 64 it can be told. */
    async hasAcknowledged(app: string, user: string, id: string): Promise<boolean> {
      const stored = await head(app, user);
      const place = stored?.recent.indexOf(id) ?? -1;
      return stored !== undefined && place >= 0 && stored.sequence - place <= stored.acked;
    },

    async *after(app: string, user: string, sequence: number): AsyncGenerator<InboxItem> {
      for await (const item of inbox.all({ ...itemsBetween(app, user, sequence + 1), consistent: true })) {
        if (Number(item["expiresAtMs"]) > now())
          yield { ...messageOf(item), sequence: Number(item["sequence"]) };
      }
    },

    /** Everything of one person; safe to repeat. */
    async erase(app: string, user: string): Promise<void> {
      const where = "pk = :pk";
      const values = { ":pk": inboxPk(app, user) };
      let batch: Promise<unknown>[] = [];
      for await (const { pk, sk } of inbox.all({ where, values, attributes: "pk, sk", consistent: true })) {
        batch.push(inbox.remove({ pk: pk as string, sk: sk as string }));
        if (batch.length < ERASED_AT_ONCE) continue;
        await Promise.all(batch);
        batch = [];
      }
      await Promise.all(batch);
    },

    /** All broadcasts up to this place have been looked at for the user. */
    async sawBroadcasts(app: string, user: string, place: string): Promise<void> {
      await inbox.update(inboxHeadKey(app, user), "SET broadcastSeen = :place", {
        condition: "attribute_exists(pk) AND (attribute_not_exists(broadcastSeen) OR broadcastSeen < :place)",
        values: { ":place": place },
      });
    },

    async addBroadcast(app: string, broadcast: Broadcast): Promise<void> {
      await inbox.put({
        pk: broadcastPk(app),
        sk: broadcastPlace(broadcast),
        ...broadcast,
        ttl: ttlOf(broadcast.expiresAtMs),
      });
    },

    async *broadcastsAfter(app: string, place: string): AsyncGenerator<Broadcast> {
      const values = { ":pk": broadcastPk(app), ":place": place };
      for await (const item of inbox.all({ where: "pk = :pk AND sk > :place", values, consistent: true })) {
        if (Number(item["expiresAtMs"]) > now())
          yield { ...messageOf(item), firedAtMs: Number(item["firedAtMs"]) };
      }
    },
  };
}

/** The question for a person's messages from this sequence on, up to another if given. */
export const itemsBetween = (app: string, user: string, first: number, last?: number) => ({
  where: "pk = :pk AND sk BETWEEN :first AND :last",
  values: {
    ":pk": inboxPk(app, user),
    ":first": inboxItemKey(app, user, first).sk,
    ":last": last === undefined ? "i#~" : inboxItemKey(app, user, last).sk,
  },
});

/** A row's message, without its keys: they must not travel on into another row. */
const messageOf = (item: Item): InboxMessage => ({
  id: item["id"] as string,
  timestampMs: Number(item["timestampMs"]),
  expiresAtMs: Number(item["expiresAtMs"]),
  content: item["content"] as InboxMessage["content"],
  category: item["category"] as string,
});

export type InboxStore = ReturnType<typeof inboxStore>;

/** Sort key of a broadcast: the time it went out, then its id. */
export const broadcastPlace = ({ firedAtMs, id }: Pick<Broadcast, "firedAtMs" | "id">): string =>
  `${String(firedAtMs).padStart(15, "0")}#${id}`;

async function appended(
  inbox: Table,
  app: string,
  user: string,
  before: InboxHead | undefined,
  item: InboxItem,
  nowMs: number,
): Promise<boolean> {
  const head: Item = {
    ...inboxHeadKey(app, user),
    sequence: item.sequence,
    acked: before?.acked ?? 0,
    recent: [item.id, ...(before?.recent ?? [])].slice(0, RECENT_IDS),
    ...(before?.readThrough !== undefined && { readThrough: before.readThrough }),
    ...(before?.broadcastSeen && { broadcastSeen: before.broadcastSeen }),
  };
  const ttl = ttlOf(Math.max(item.expiresAtMs, nowMs + KEPT_MS));
  const condition = before ? unchanged(before) : { ConditionExpression: "attribute_not_exists(pk)" };
  const write = new TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName: inbox.name, Item: toAttributes(head), ...condition } },
      {
        Put: {
          TableName: inbox.name,
          Item: toAttributes({ ...inboxItemKey(app, user, item.sequence), ...item, ttl }),
        },
      },
    ],
  });
  try {
    await inbox.client.send(write);
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException) return false;
    throw error;
  }
}

export async function readHead(inbox: Table, app: string, user: string): Promise<InboxHead | undefined> {
  const item = await inbox.get(inboxHeadKey(app, user), { consistent: true });
  return item && headOf(item);
}

/** The head is written whole: what its reader has told in the meantime must not be undone. */
const unchanged = ({ sequence, acked, readThrough }: InboxHead) => ({
  ConditionExpression: `#sequence = :before AND acked = :acked AND ${readThrough === undefined ? "attribute_not_exists(readThrough)" : "readThrough = :read"}`,
  ExpressionAttributeNames: { "#sequence": "sequence" },
  ExpressionAttributeValues: toAttributes({
    ":before": sequence,
    ":acked": acked,
    ...(readThrough !== undefined && { ":read": readThrough }),
  }),
});

function headOf(item: Item): InboxHead {
  return {
    sequence: Number(item["sequence"]),
    acked: Number(item["acked"] ?? 0),
    ...(item["readThrough"] !== undefined && { readThrough: Number(item["readThrough"]) }),
    recent: (item["recent"] as string[] | undefined) ?? [],
    ...(item["broadcastSeen"] !== undefined && { broadcastSeen: item["broadcastSeen"] as string }),
  };
}
