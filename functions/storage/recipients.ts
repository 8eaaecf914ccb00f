import type { Recipient } from "../core/recipient/device.ts";
import { packDevices, unpackDevices } from "./devices.ts";
import { recipientKey, shardPk, userCountKey } from "./keys.ts";
import { batchGet, type Condition, getMany, type Item, type Key, type Table } from "./table.ts";

const COUNTERS = 16;

export type Stored = { recipient: Recipient; revision: number };

/** Directory: one item per recipient, devices and all. */
export function recipientStore(directory: Table) {
  return {
    async get(app: string, user: string): Promise<Stored | undefined> {
      const item = await directory.get(recipientKey(app, user), { consistent: true });
      return item && storedFrom(app, item);
    },

    async getMany(app: string, users: readonly string[]): Promise<Map<string, Stored>> {
      const items = await getMany(
        directory,
        users.map((user) => recipientKey(app, user)),
      );
      return new Map(items.map((item) => [item["sk"] as string, storedFrom(app, item)]));
    },

    /** Up to 100 users of a list, in the list's order; undefined where the app has no such user. */
    async list(
      app: string,
      users: readonly string[],
      consistent: boolean,
    ): Promise<(Recipient | undefined)[]> {
      const keys = [...new Set(users)].map((user) => recipientKey(app, user));
      const found = await batchGet(directory.client, [{ table: directory, keys, consistent }]);
      const byUser = new Map((found.get(directory.name) ?? []).map((item) => [item["sk"] as string, item]));
      return users.map((user) => {
        const item = byUser.get(user);
        return item && fromItem(app, item);
      });
    },

    /** One shard's users after `after`, in key order: a page of a walk. */
    async shardPage(app: string, shard: number, after: string, limit: number): Promise<Recipient[]> {
      const recipients: Recipient[] = [];
      let start: Key | undefined;
      do {
        const { items, next } = await directory.page({
          where: after ? "pk = :pk AND sk > :after" : "pk = :pk",
          values: { ":pk": shardPk(app, shard), ...(after && { ":after": after }) },
          limit: limit - recipients.length,
          ...(start && { start }),
        });
        recipients.push(...items.map((item) => fromItem(app, item)));
        start = next;
      } while (start !== undefined && recipients.length < limit);
      return recipients;
    },

    /** Writes a recipient if it stands as it was read (`revision` 0 = not there). */
    async save(recipient: Recipient, revision: number): Promise<boolean> {
      const { item, when } = saving(recipient, revision);
      return (await directory.put(item, when)).ok;
    },

    async remove(recipient: Recipient, revision: number): Promise<boolean> {
      const { app, user } = recipient;
      return (await directory.remove(recipientKey(app, user), asRead(recipient, revision))).ok;
    },

    /** Roughly how many users an app has: only the number of walkers depends on it. */
    async count(app: string): Promise<number> {
      const { items } = await directory.page({
        where: "pk = :pk",
        values: { ":pk": userCountKey(app, "").pk },
        limit: COUNTERS,
      });
      return items.reduce((sum, item) => sum + Number(item["users"] ?? 0), 0);
    },

    addToCount: (app: string, user: string, by: 1 | -1) =>
      addToCounter(directory, userCountKey(app, user), by),

    /** Counts many new users, with one write per counter. */
    async addAllToCount(app: string, users: readonly string[]): Promise<void> {
      const counters = Map.groupBy(users, (user) => userCountKey(app, user).sk);
      await Promise.all(
        [...counters.values()].map((some) =>
          addToCounter(directory, userCountKey(app, some[0]!), some.length),
        ),
      );
    },
  };
}

const storedFrom = (app: string, item: Item): Stored => ({
  recipient: fromItem(app, item),
  revision: item["revision"] as number,
});

export type RecipientStore = ReturnType<typeof recipientStore>;

async function addToCounter(directory: Table, key: Key, by: number): Promise<void> {
  await directory.update(key, "ADD #users :by", { names: { "#users": "users" }, values: { ":by": by } });
}

/** A conditional put of a recipient, alone or as part of a transaction. */
export function saving(recipient: Recipient, revision: number) {
  const { app, user, devices, ...rest } = recipient;
  const item: Item = { ...recipientKey(app, user), ...rest, revision: revision + 1 };
  if (devices.length > 0) item["devices"] = packDevices(devices);
  return { item, when: asRead(recipient, revision) };
}

/** Revisions begin anew with whoever comes under the id of an erased person: the time of creation tells the two apart. */
function asRead({ createdAtMs }: Recipient, revision: number): Condition {
  if (revision === 0) return { condition: "attribute_not_exists(pk)" };
  return {
    condition: "revision = :revision AND createdAtMs = :created",
    values: { ":revision": revision, ":created": createdAtMs },
  };
}

export function fromItem(app: string, item: Item): Recipient {
  const { pk: _pk, sk, revision: _revision, devices, ...rest } = item;
  return {
    ...(rest as Pick<Recipient, "createdAtMs">),
    app,
    user: sk as string,
    devices: devices === undefined ? [] : unpackDevices(devices as string),
  };
}
