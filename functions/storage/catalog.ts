import type { ApiKey, App, ProviderSetup, Switches } from "../core/app/app.ts";
import type { ProviderName } from "../core/words.ts";
import { apiKeyOf, appOf, switchesOf } from "./catalog-rows.ts";
import { APPS_PK, apiKeyKey, appKey, removedAppKey, switchKey } from "./keys.ts";
import type { Table } from "./table.ts";

/** Catalog: apps, their keys and switches. */
export function catalogStore(catalog: Table) {
  return { ...appRows(catalog), ...keyRows(catalog), ...switchRows(catalog) };
}

function appRows(catalog: Table) {
  return {
    async app(id: string, consistent = false): Promise<App | undefined> {
      const item = await catalog.get(appKey(id), { consistent });
      return item && appOf(item);
    },

    /**
     * Begins with nothing: what a request has left that ran while an app of this id was removed goes first.
     * @returns false when the app stands there already
     */
    async createApp(app: App): Promise<boolean> {
      if (await catalog.get(appKey(app.id), { consistent: true })) return false;
      await removeRowsOf(catalog, app.id);
      return (await catalog.put({ ...appKey(app.id), ...app }, { condition: "attribute_not_exists(pk)" })).ok;
    },

    /** Replaces these fields of an app and leaves the others alone; undefined when there is no such app. */
    async changeApp(id: string, fields: Partial<App>): Promise<App | undefined> {
      const names = Object.keys(fields);
      const written = await catalog.update(
        appKey(id),
        `SET ${names.map((_, index) => `#f${index} = :f${index}`).join(", ")}`,
        {
          condition: "attribute_exists(pk)",
          names: Object.fromEntries(names.map((name, index) => [`#f${index}`, name])),
          values: Object.fromEntries(Object.values(fields).map((value, index) => [`:f${index}`, value])),
          returns: "ALL_NEW",
        },
      );
      return written.ok && written.item ? appOf(written.item) : undefined;
    },

    /** Sets or clears one provider's setup; undefined when there is no such app. */
    async setProvider(
      id: string,
      provider: ProviderName,
      setup: ProviderSetup | undefined,
    ): Promise<App | undefined> {
      const set = setup ? "SET providers.#provider = :setup" : "REMOVE providers.#provider";
      const written = await catalog.update(appKey(id), set, {
        condition: "attribute_exists(pk)",
        names: { "#provider": provider },
        ...(setup && { values: { ":setup": setup } }),
        returns: "ALL_NEW",
      });
      return written.ok && written.item ? appOf(written.item) : undefined;
    },

    /** Sets or clears the setup of the secret for client tokens. */
    async setJwt(id: string, setup: ProviderSetup | undefined): Promise<App | undefined> {
      const written = await catalog.update(appKey(id), setup ? "SET jwt = :setup" : "REMOVE jwt", {
        condition: "attribute_exists(pk)",
        ...(setup && { values: { ":setup": setup } }),
        returns: "ALL_NEW",
      });
      return written.ok && written.item ? appOf(written.item) : undefined;
    },

    /** Its absence alone might be a loss. */
    async removeApp(id: string, atMs: number): Promise<void> {
      await catalog.put({ ...removedAppKey(id), removedAtMs: atMs });
      await catalog.remove(appKey(id));
    },

    async wasRemoved(id: string): Promise<boolean> {
      return (await catalog.get(removedAppKey(id), { consistent: true })) !== undefined;
    },

    /** Everything else that Catalog holds of an app: keys, switches, sealed credentials. */
    removeRowsOf: (id: string): Promise<void> => removeRowsOf(catalog, id),

    async *apps(): AsyncGenerator<App> {
      for await (const item of catalog.all({ where: "pk = :pk", values: { ":pk": APPS_PK } }))
        yield appOf(item);
    },

    /** Whether there are more apps than that, counted consistently. */
    moreAppsThan: (most: number): Promise<boolean> => moreAppsThan(catalog, most),

    /** Up to `limit` apps by id, those behind `after`; `next` is where there may be more. */
    async appsAfter(after: string | undefined, limit: number): Promise<{ apps: App[]; next?: string }> {
      const start = after === undefined ? {} : { start: appKey(after) };
      const { items, next } = await catalog.page({
        where: "pk = :pk",
        values: { ":pk": APPS_PK },
        limit,
        ...start,
      });
      const apps = items.map(appOf);
      return { apps, ...(next && { next: apps.at(-1)!.id }) };
    },
  };
}

async function moreAppsThan(catalog: Table, most: number): Promise<boolean> {
  const ids = catalog.all({
    where: "pk = :pk",
    values: { ":pk": APPS_PK },
    attributes: "sk",
    limit: most + 1,
    consistent: true,
  });
  let count = 0;
  for await (const _id of ids) if (++count > most) return true;
  return false;
}

async function removeRowsOf(catalog: Table, id: string): Promise<void> {
  const wanted = { where: "pk = :pk", values: { ":pk": id }, attributes: "pk, sk", consistent: true };
  for await (const { pk, sk } of catalog.all(wanted))
    await catalog.remove({ pk: pk as string, sk: sk as string });
}

function keyRows(catalog: Table) {
  return {
    async apiKey(app: string, id: string): Promise<ApiKey | undefined> {
      const item = await catalog.get(apiKeyKey(app, id), { consistent: true });
      return item && apiKeyOf(item);
    },

    async createApiKey(key: ApiKey): Promise<void> {
      await catalog.put({ ...apiKeyKey(key.app, key.id), ...key });
    },

    /** @returns false when there is no such key */
    async revokeApiKey(app: string, id: string, atMs: number): Promise<boolean> {
      const written = await catalog.update(
        apiKeyKey(app, id),
        "SET revokedAtMs = if_not_exists(revokedAtMs, :at)",
        {
          condition: "attribute_exists(pk)",
          values: { ":at": atMs },
        },
      );
      return written.ok;
    },

    async *apiKeys(app: string): AsyncGenerator<ApiKey> {
      const where = "pk = :pk AND begins_with(sk, :kind)";
      const values = { ":pk": app, ":kind": "key#" };
      for await (const item of catalog.all({ where, values })) yield apiKeyOf(item);
    },
  };
}

function switchRows(catalog: Table) {
  return {
    async switches(app: string): Promise<Switches> {
      const item = await catalog.get(switchKey(app, "pause"));
      return item ? switchesOf(item) : {};
    },

    /** Sets or clears one switch; a switch that is on keeps the time since when. */
    async setSwitch(app: string, what: string, pausedAtMs: number | undefined): Promise<Switches> {
      const key = switchKey(app, "pause");
      await catalog.put({ ...key, paused: {} }, { condition: "attribute_not_exists(pk)" });
      const set =
        pausedAtMs === undefined
          ? "REMOVE paused.#what"
          : "SET paused.#what = if_not_exists(paused.#what, :at)";
      const written = await catalog.update(key, set, {
        names: { "#what": what },
        ...(pausedAtMs !== undefined && { values: { ":at": pausedAtMs } }),
        returns: "ALL_NEW",
      });
      return written.ok && written.item ? switchesOf(written.item) : {};
    },
  };
}

export type CatalogStore = ReturnType<typeof catalogStore>;
