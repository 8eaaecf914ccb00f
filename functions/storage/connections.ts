import { shardOf } from "../core/hash.ts";
import { connectionKey, shardPk } from "./keys.ts";
import { alive, type Table, ttlOf } from "./table.ts";

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
  protocol: string;
  platform?: string;
  device?: string;
};

/** Open sockets, kept beside each other like the users of a shard, so that a walk merges both in order. */
export function connectionStore(connections: Table, now: () => number) {
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

    /** It has got everything: frames may go to it as they come. */
    async caughtUp(app: string, user: string, id: string): Promise<void> {
      await connections.update(connectionKey(app, user, id), "REMOVE waitingSinceMs", {
        condition: "attribute_exists(pk)",
      });
    },

    /** It has missed a frame, and waits from now on. @returns false where it waits already, or is gone */
    async fellBehind(app: string, user: string, id: string): Promise<boolean> {
      const { ok } = await connections.update(connectionKey(app, user, id), "SET waitingSinceMs = :now", {
        condition:
          "attribute_exists(pk) AND (attribute_not_exists(waitingSinceMs) OR waitingSinceMs < :lost)",
        values: { ":now": now(), ":lost": now() - LONGEST_WAIT_MS },
      });
      return ok;
    },

    /** It waits on: its catch-up is tried again. */
    async waits(app: string, user: string, id: string): Promise<void> {
      await connections.update(connectionKey(app, user, id), "SET waitingSinceMs = :now", {
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
        if (alive(item, now()))
          found.push({ ...(item as unknown as Connection), app, user, id: idOf(item["sk"]) });
      }
      return found;
    },

    /** Those of a user that take frames as they come. */
    async ready(app: string, user: string): Promise<Connection[]> {
      const lostMs = now() - LONGEST_WAIT_MS;
      const open = await this.ofUser(app, user);
      return open.filter(({ waitingSinceMs = 0 }) => waitingSinceMs < lostMs);
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

export type ConnectionStore = ReturnType<typeof connectionStore>;

const ofOne = (app: string, user: string) => ({
  where: "pk = :pk AND begins_with(sk, :user)",
  values: { ":pk": shardPk(app, shardOf(user)), ":user": `${user}#` },
});

const idOf = (sk: unknown): string => String(sk).slice(String(sk).indexOf("#") + 1);
