import { shardOf } from "../core/hash.ts";
import { connectionKey, shardPk } from "./keys.ts";
import { alive, type Item, type Table, ttlOf, type Written } from "./table.ts";

/** API Gateway ends a connection after two hours; its row lives a little longer. */
const LIFE_MS = 2 * 3_600_000 + 5 * 60_000;
/** A catch-up that has not come back by then was lost. */
const LONGEST_WAIT_MS = 300_000;

export type Connection = {
  app: string;
  user: string;
  id: string;
  connectedAtMs: number;
  lastSeenAtMs: number;
  /** Since then it waits for its catch-up, which sends it everything: no frame may overtake that. */
  waitingSinceMs?: number;
  /** The first sequence that it has missed: of a new one the first that was not acknowledged when it was made. */
  behindFrom?: number;
  protocol: string;
  platform?: string;
  device?: string;
};

/** Open sockets, kept beside each other like the users of a shard, so that a walk merges both in order. */
export function connectionStore(connections: Table, now: () => number) {
  return { ...openRows(connections, now), ...catchingUp(connections, now) };
}

function openRows(connections: Table, now: () => number) {
  return {
    async add(connection: Connection): Promise<void> {
      const { app, user, id, ...rest } = connection;
      await connections.put({
        ...connectionKey(app, user, id),
        ...rest,
        ttl: ttlOf(connection.connectedAtMs + LIFE_MS),
      });
    },

    async seen(app: string, user: string, id: string): Promise<void> {
      await connections.update(connectionKey(app, user, id), "SET lastSeenAtMs = :now", {
        condition: "attribute_exists(pk)",
        values: { ":now": now() },
      });
    },

    async remove(app: string, user: string, id: string): Promise<void> {
      await connections.remove(connectionKey(app, user, id));
    },

    /** Whether the user has so many open connections. */
    async hasMany(app: string, user: string, many: number): Promise<boolean> {
      const { items } = await connections.page({
        ...ofOne(app, user),
        limit: many,
        attributes: "#ttl",
        names: { "#ttl": "ttl" },
      });
      return items.filter((item) => alive(item, now())).length >= many;
    },

    async ofUser(app: string, user: string): Promise<Connection[]> {
      const found: Connection[] = [];
      for await (const item of connections.all({ ...ofOne(app, user), consistent: true })) {
        // Of `add`'s own making, whose type it is but for its keys.
        if (alive(item, now()))
          found.push({ ...(item as unknown as Connection), app, user, id: idOf(item["sk"]) });
      }
      return found;
    },

    /** Those of a user that take frames as they come, and those whose catch-up was lost. */
    async ready(app: string, user: string): Promise<(Connection & { isLost: boolean })[]> {
      const lostMs = now() - LONGEST_WAIT_MS;
      const open = await this.ofUser(app, user);
      return open
        .filter(({ waitingSinceMs }) => waitingSinceMs === undefined || waitingSinceMs < lostMs)
        .map((one) => ({ ...one, isLost: one.waitingSinceMs !== undefined }));
    },

    /** Users of a shard, from `first` to `last` in key order, that hold an open connection. */
    async onlineBetween(app: string, shard: number, first: string, last: string): Promise<Set<string>> {
      const users = new Set<string>();
      for await (const item of connections.all({
        where: "pk = :pk AND sk BETWEEN :first AND :last",
        values: { ":pk": shardPk(app, shard), ":first": first, ":last": `${last}#\uffff` },
      })) {
        const sk = item["sk"] as string;
        if (alive(item, now())) users.add(sk.slice(0, sk.indexOf("#")));
      }
      return users;
    },
  };
}

/** Connections wait while they are sent what they have missed (docs/adr/0027). */
function catchingUp(connections: Table, now: () => number) {
  return {
    /**
     * It has got everything: frames may go to it as they come.
     * @param behindFrom what it was sent from, as `waits` said it
     * @returns false where it has fallen behind anew in the meantime, or is gone
     */
    async caughtUp(app: string, user: string, id: string, behindFrom: number | undefined): Promise<boolean> {
      const { ok } = await connections.update(
        connectionKey(app, user, id),
        "REMOVE waitingSinceMs, behindFrom",
        {
          condition: `attribute_exists(pk) AND ${isFrom(behindFrom)}`,
          ...(behindFrom !== undefined && { values: { ":from": behindFrom } }),
        },
      );
      return ok;
    },

    /**
     * It has missed a frame of this sequence, and waits from now on.
     * @returns false where a catch-up that knows of it is under way, or the connection is gone
     */
    async fellBehind(app: string, user: string, id: string, sequence: number): Promise<boolean> {
      const { ok, item } = await written(
        connections.update(
          connectionKey(app, user, id),
          "SET waitingSinceMs = if_not_exists(waitingSinceMs, :now), behindFrom = :sequence",
          {
            condition:
              "attribute_exists(pk) AND (attribute_not_exists(behindFrom) OR behindFrom > :sequence)",
            values: { ":now": now(), ":sequence": sequence },
            returns: "ALL_OLD",
          },
        ),
      );
      return ok && item?.["waitingSinceMs"] === undefined;
    },

    /** Its catch-up was lost: it waits anew. @returns false where it does already, or is gone */
    async waitsAnew(app: string, user: string, id: string): Promise<boolean> {
      const { ok } = await connections.update(connectionKey(app, user, id), "SET waitingSinceMs = :now", {
        condition: "waitingSinceMs < :lost",
        values: { ":now": now(), ":lost": now() - LONGEST_WAIT_MS },
      });
      return ok;
    },

    /** Nobody is under way to it: whoever comes next starts a catch-up. */
    async isLost(app: string, user: string, id: string): Promise<void> {
      await connections.update(connectionKey(app, user, id), "SET waitingSinceMs = :never", {
        condition: "attribute_exists(pk)",
        values: { ":never": 0 },
      });
    },

    /** It waits on, and its catch-up is under way. @returns what it is behind from; undefined where it is gone */
    async waits(app: string, user: string, id: string): Promise<Pick<Connection, "behindFrom"> | undefined> {
      const { ok, item } = await written(
        connections.update(connectionKey(app, user, id), "SET waitingSinceMs = :now", {
          condition: "attribute_exists(pk) AND #ttl > :nowS",
          names: { "#ttl": "ttl" },
          values: { ":now": now(), ":nowS": Math.floor(now() / 1000) },
          returns: "ALL_NEW",
        }),
      );
      if (!ok) return undefined;
      return item?.["behindFrom"] === undefined ? {} : { behindFrom: Number(item["behindFrom"]) };
    },

    /** It has been sent some of what it missed. Where it has fallen behind anew in the meantime, that stands. */
    async sentUpTo(app: string, user: string, id: string, sequence: number, behindFrom: number | undefined) {
      await connections.update(
        connectionKey(app, user, id),
        "SET behindFrom = :next, waitingSinceMs = if_not_exists(waitingSinceMs, :now)",
        {
          condition: `attribute_exists(pk) AND ${isFrom(behindFrom)}`,
          values: {
            ":next": sequence + 1,
            ":now": now(),
            ...(behindFrom !== undefined && { ":from": behindFrom }),
          },
        },
      );
    },
  };
}

export type ConnectionStore = ReturnType<typeof connectionStore>;

const isFrom = (behindFrom: number | undefined): string =>
  behindFrom === undefined ? "attribute_not_exists(behindFrom)" : "behindFrom = :from";

/** Of a refused write there is no item. */
async function written(write: Promise<Written>): Promise<{ ok: boolean; item?: Item }> {
  const result = await write;
  return result.ok ? result : { ok: false };
}

const ofOne = (app: string, user: string) => ({
  where: "pk = :pk AND begins_with(sk, :user)",
  values: { ":pk": shardPk(app, shardOf(user)), ":user": `${user}#` },
});

const idOf = (sk: unknown): string => String(sk).slice(String(sk).indexOf("#") + 1);
