import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { App } from "../../functions/core/app/app.ts";
import { catalogStore } from "../../functions/storage/catalog.ts";
import { startTables } from "./dynamodb-tables.ts";

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

test("apps: fields, providers and switches change by themselves, and removal leaves nothing", async () => {
  const catalog = catalogStore(engine.tables.catalog);
  const app: App = {
    id: "shop",
    createdAtMs: 1,
    origins: [],
    categories: {},
    providers: {},
    defaults: {},
    limits: {},
  };
  assert.equal(await catalog.createApp(app), true);
  assert.equal(await catalog.createApp(app), false);
  const setup = { configuredAtMs: 5, summary: { teamId: "T" } };
  await Promise.all([
    catalog.changeApp("shop", { name: "Shop", origins: ["https://shop.example"] }),
    catalog.setProvider("shop", "apns", setup),
    catalog.setJwt("shop", setup),
    catalog.setSwitch("shop", "all", 10),
    catalog.setSwitch("shop", "apns", 11),
  ]);
  assert.deepEqual(await catalog.setSwitch("shop", "all", 99), { all: 10, apns: 11 });
  assert.deepEqual(await catalog.setSwitch("shop", "apns", undefined), { all: 10 });
  assert.deepEqual(await catalog.app("shop", true), {
    ...app,
    name: "Shop",
    origins: ["https://shop.example"],
    providers: { apns: setup },
    jwt: setup,
  });
  assert.equal(await catalog.changeApp("nowhere", { name: "x" }), undefined);
  await catalog.createApiKey({ app: "shop", id: "k", hash: "h", scopes: ["send"], createdAtMs: 1 });
  await catalog.removeRowsOf("shop");
  assert.equal(await catalog.wasRemoved("shop"), false);
  await catalog.removeApp("shop", 2);
  assert.equal(await catalog.wasRemoved("shop"), true);
  assert.equal(await catalog.app("shop", true), undefined);
  assert.equal(await catalog.apiKey("shop", "k"), undefined);
  assert.deepEqual(await catalog.switches("shop"), {});
});
