import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import {
  type Appended,
  type Broadcast,
  type InboxItem,
  type InboxMessage,
  shownInApp,
} from "../core/inbox/inbox.ts";
import {
  type Appending,
  broadcastPlace,
  headWith,
  itemsBetween,
  knownPlace,
  readHead,
  unchanged,
} from "./inbox-head.ts";
import { sequenceOf } from "./inbox-search.ts";
import { broadcastPk, inboxHeadKey, inboxItemKey, inboxPk } from "./keys.ts";
import { conditionOf, type Item, lostRace, type Table, toAttributes, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;
export const MAX_RACES = 8;
const ERASED_AT_ONCE = 25;

type AppendOptions = {
  /** Where a broadcast stands among all; one that has been passed is not appended any more. */
  place?: string;
  /** Whether the person is still there; asked where there is no inbox yet, or not any more. */
  exists?(): Promise<boolean>;
};

/** Inboxes: a head and its items; sequence and item change in one transaction. */
export function inboxStore(inbox: Table, now: () => number) {
  const head = (app: string, user: string) => readHead(inbox, app, user);
  return {
    ...broadcasts(inbox, now),
    head,

    /** Appends a message once. */
    async append(
      app: string,
      user: string,
      message: InboxMessage,
      { place, exists }: AppendOptions = {},
    ): Promise<Appended> {
      for (let race = 0; race < MAX_RACES; race++) {
        const before = await head(app, user);
        // One that nothing has come to yet may be of an erased person, who told that something was read.
        if ((before?.sequence ?? 0) === 0 && exists && !(await exists())) return "nobody";
        const known = before && knownPlace(before, message.id, place);
        if (known !== undefined) return known;
        const item = { ...message, sequence: (before?.sequence ?? 0) + 1 };
        if (await appended(inbox, { app, user, before, place, nowMs: now() }, item)) return item.sequence;
        await pauseAfter(race);
      }
      throw new Error("an inbox changed eight times while one message was appended");
    },

    /** Where a message of this id stands, among the newest 500. */
    async find(app: string, user: string, id: string): Promise<number | undefined> {
      const stored = await head(app, user);
      return stored && sequenceOf(inbox, { app, user, head: stored, id });
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
      // The head first: without one, whoever appends asks whether the person is still there.
      await inbox.remove(inboxHeadKey(app, user));
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
  };
}

/** Broadcasts are stored once for everybody (docs/adr/0004). */
function broadcasts(inbox: Table, now: () => number) {
  return {
    /** All broadcasts up to this place have been looked at for the user: those behind the last one appended were not wanted. */
    async sawBroadcasts(app: string, user: string, place: string): Promise<void> {
      await inbox.update(
        inboxHeadKey(app, user),
        "SET broadcastSeen = :place, broadcasts = if_not_exists(broadcasts, :none)",
        {
          condition:
            "attribute_exists(pk) AND (attribute_not_exists(broadcastSeen) OR broadcastSeen < :place)",
          values: { ":place": place, ":none": {} },
        },
      );
    },

    async addBroadcast(app: string, broadcast: Broadcast): Promise<void> {
      await inbox.put({
        pk: broadcastPk(app),
        sk: broadcastPlace(broadcast),
        ...broadcast,
        content: shownInApp(broadcast.content),
        ttl: ttlOf(broadcast.expiresAtMs),
      });
    },

    async *broadcastsAfter(app: string, place: string): AsyncGenerator<Broadcast> {
      const values = { ":pk": broadcastPk(app), ":place": place };
      for await (const item of inbox.all({ where: "pk = :pk AND sk > :place", values, consistent: true })) {
        if (Number(item["expiresAtMs"]) > now())
          yield {
            ...messageOf(item),
            firedAtMs: Number(item["firedAtMs"]),
            ...(item["createdBeforeMs"] !== undefined && {
              createdBeforeMs: Number(item["createdBeforeMs"]),
            }),
          };
      }
    },
  };
}

/** A row's message, without its keys: they must not travel on into another row. */
const messageOf = (item: Item): InboxMessage => ({
  id: item["id"] as string,
  timestampMs: Number(item["timestampMs"]),
  expiresAtMs: Number(item["expiresAtMs"]),
  content: item["content"] as InboxMessage["content"],
  category: item["category"] as string,
});

export type InboxStore = ReturnType<typeof inboxStore>;

async function appended(inbox: Table, appending: Appending, item: InboxItem): Promise<boolean> {
  const { app, user, before, nowMs } = appending;
  const ttl = ttlOf(Math.max(item.expiresAtMs, nowMs + KEPT_MS));
  const readAtMs = before?.readAhead.includes(item.id) ? nowMs : undefined;
  const when = conditionOf(before ? unchanged(before) : { condition: "attribute_not_exists(pk)" });
  const content = shownInApp(item.content);
  const row = { ...inboxItemKey(app, user, item.sequence), ...item, content, readAtMs, ttl };
  const write = new TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName: inbox.name, Item: toAttributes(headWith(appending, item)), ...when } },
      { Put: { TableName: inbox.name, Item: toAttributes(row) } },
    ],
  });
  try {
    await inbox.client.send(write);
    return true;
  } catch (error) {
    if (lostRace(error)) return false;
    throw error;
  }
}

/** Somebody else has changed the inbox: both are less likely to meet again. */
export const pauseAfter = (race: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 5 * 2 ** race * Math.random()));
