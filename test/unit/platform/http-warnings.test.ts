import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startShop } from "./http-shop.ts";

const { key, admin, world } = await startShop();
after(() => world.close());

test("what a vendor would refuse for its size is said when it is accepted, with what its settings add", async () => {
  const jpush = {
    appKey: "k",
    masterSecret: "m",
    extra: { notification: { ios: { own: "x".repeat(500) } } },
    categories: { marketing: {} },
  };
  const set = await admin("PUT /v1/apps/shop/providers/jpush?dryRun=false", jpush);
  assert.equal(set.status, 200, JSON.stringify(set.body));
  const shown = JSON.stringify((await admin("GET /v1/apps/shop")).body);
  assert.ok(!shown.includes("added"), shown);

  const send = async (filler: number) => {
    const body = { to: { users: ["eva"] }, content: { title: "t", data: { filler: "x".repeat(filler) } } };
    const sent = await world.call("send", "POST /v1/notifications", { key, body });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    return (sent.body as { warnings?: string[] }).warnings;
  };
  assert.equal(await send(1_200), undefined);
  const [warning, ...others] = (await send(1_400)) ?? [];
  assert.match(warning ?? "", /^\/content: makes for iPhones 2,\d\d\d bytes; jpush takes 2,000/);
  assert.deepEqual(others, []);
});

test("a change of content has its warnings as well", async () => {
  const sendAt = new Date(Date.now() + 7_200_000).toISOString();
  const first = { id: "later", to: { users: ["eva"] }, content: { title: "t" }, sendAt };
  assert.equal((await world.call("send", "POST /v1/notifications", { key, body: first })).status, 202);
  const change = async (filler: number) => {
    const content = { title: "t", data: { filler: "x".repeat(filler) } };
    const changed = await world.call("manage", "PATCH /v1/notifications/later", { key, body: { content } });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    return (changed.body as { warnings?: string[] }).warnings;
  };
  assert.equal(await change(1_200), undefined);
  assert.match((await change(1_400))?.[0] ?? "", /jpush takes 2,000/);
});
