import { shardOf } from "../core/hash.ts";
import { connectionKey, shardPk } from "./keys.ts";
import { alive, type Table, ttlOf } from "./table.ts";

/** API Gateway ends a connection after two hours; its row lives a little longer. */
const LIFE_MS = 2 * 3_600_000 + 5 * 60_000;

export type Connection = {
  app: string;
  user: string;
  id: string;
  connectedAtMs: number;
  lastSeenAtMs: number;
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

    async remove(app: string, user: string, id: string): Promise<void> {
      await connections.remove(connectionKey(app, user, id));
    },

    async ofUser(app: string, user: string): Promise<Connection[]> {
      const found: Connection[] = [];
      for await (const item of connections.all({
        where: "pk = :pk AND begins_with(sk, :user)",
        values: { ":pk": shardPk(app, shardOf(user)), ":user": `${user}#` },
        consistent: true,
      })) {
        if (alive(item, now()))
          found.push({ ...(item as unknown as Connection), app, user, id: idOf(item["sk"]) });
      }
      return found;
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

const idOf = (sk: unknown): string => String(sk).slice(String(sk).indexOf("#") + 1);
