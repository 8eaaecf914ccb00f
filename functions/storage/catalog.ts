import type { ApiKey, App, Switches } from "../core/app/app.ts";
import { APPS_PK, apiKeyKey, appKey, switchKey } from "./keys.ts";
import type { Item, Table } from "./table.ts";

/** Catalog: apps, their keys and switches. */
export function catalogStore(catalog: Table) {
  return {
    async app(id: string, consistent = false): Promise<App | undefined> {
      const item = await catalog.get(appKey(id), { consistent });
      return item && appOf(item);
    },

    /** @returns false when the app stands there already */
    async createApp(app: App): Promise<boolean> {
      return (await catalog.put({ ...appKey(app.id), ...app }, { condition: "attribute_not_exists(pk)" })).ok;
    },

    async saveApp(app: App): Promise<boolean> {
      return (await catalog.put({ ...appKey(app.id), ...app }, { condition: "attribute_exists(pk)" })).ok;
    },

    async removeApp(id: string): Promise<void> {
      await catalog.remove(appKey(id));
    },

    async *apps(): AsyncGenerator<App> {
      for await (const item of catalog.all({ where: "pk = :pk", values: { ":pk": APPS_PK } }))
        yield appOf(item);
    },

    async apiKey(app: string, id: string): Promise<ApiKey | undefined> {
      return (await catalog.get(apiKeyKey(app, id), { consistent: true })) as ApiKey | undefined;
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
      for await (const item of catalog.all({ where, values })) yield item as unknown as ApiKey;
    },

    async switches(app: string): Promise<Switches> {
      const item = await catalog.get(switchKey(app, "pause"));
      return (item?.["paused"] as Switches | undefined) ?? {};
    },

    async saveSwitches(app: string, paused: Switches): Promise<void> {
      await catalog.put({ ...switchKey(app, "pause"), paused });
    },
  };
}

export type CatalogStore = ReturnType<typeof catalogStore>;

function appOf(item: Item): App {
  const { pk: _pk, sk: _sk, ...app } = item;
  return app as unknown as App;
}
