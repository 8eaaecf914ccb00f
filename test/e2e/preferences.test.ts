import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  atApns,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** What people have switched off is not sent, and they can be told why. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "wishes");
  for (const user of ["ann", "bob"]) await person(app, user, { phone: iphone(user) });
});
after(() => world.close());

const prefer = (user: string, body: object) => app.api.ok("PUT", `/v1/users/${user}/preferences`, body);
const explain = async (id: unknown, user: string) =>
  String((await app.api.ok("GET", `/v1/notifications/${id}/recipients/${user}`))["sentence"]);

test("a category that is off is left out with its reason; the others go out; profile and devices stay", async () => {
  const { preferences } = await prefer("ann", { allowMarketingPush: false, channels: { sms: false } });
  assert.deepEqual(preferences, { ":sms": false, "marketing:mobilePush": false, "marketing:webPush": false });
  const to = { users: ["ann", "bob"] };
  const sale = await notify(app, "sale", { to, category: "marketing", channels: ["mobilePush"] });
  await ended(app, sale["id"]);
  assert.equal(atApns(world, '"sale"').length, 1, "bob's");
  assert.match(await explain(sale["id"], "ann"), /switched this off/);
  const order = await notify(app, "order", { to, category: "transactional", channels: ["mobilePush"] });
  assert.equal((await ended(app, order["id"])).totals["accepted"], 2);
  await app.api.ok("PUT", "/v1/users/ann", { name: "Ann" });
  const ann = await app.api.ok("GET", "/v1/users/ann");
  assert.deepEqual(ann["preferences"], preferences);
  assert.equal((ann["devices"] as unknown[]).length, 1);
});

test("switched off while its job waits: left out all the same", async () => {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: true });
  // Environments look at the switches again after a while.
  await world.advance(10_000);
  const news = await notify(app, "news", {
    to: { users: ["ann", "bob"] },
    category: "social",
    channels: ["mobilePush"],
  });
  await prefer("bob", { categories: { social: false } });
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: false });
  await world.advance(10_000);
  await ended(app, news["id"]);
  assert.equal(atApns(world, '"news"').length, 1, "ann's alone");
  assert.match(await explain(news["id"], "bob"), /switched this off/);
});

test("what stays on alone, and then goes off as well while its job waits, is left out", async () => {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: true });
  await world.advance(10_000);
  const sent = await notify(app, "by push alone", {
    to: { users: ["ann", "bob"] },
    category: "transactional",
    channels: ["mobilePush"],
  });
  await prefer("ann", { channels: { mobilePush: false }, categories: { transactional: true } });
  await prefer("ann", { channels: { mobilePush: false } });
  await prefer("bob", { channels: { mobilePush: false }, categories: { transactional: true } });
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: false });
  await world.advance(10_000);
  await ended(app, sent["id"]);
  assert.equal(atApns(world, '"by push alone"').length, 1, "bob's");
  assert.match(await explain(sent["id"], "ann"), /switched this off/);
});

test("a broadcast that was stored for who was away is not copied for who has switched it off", async () => {
  await prefer("ann", { categories: { marketing: false } });
  const everyone = { to: { everyone: true }, channels: ["inApp"] };
  const sale = await notify(app, "sale for all", { ...everyone, category: "marketing" });
  const news = await notify(app, "news for all", { ...everyone, category: "social" });
  for (const { id } of [sale, news]) await ended(app, id);
  const titles = async (user: string, wanted: number) => {
    const socket = await app.connect(user);
    await until(`${user} catches up`, () => socket.notifications().length >= wanted);
    await world.runtime.clock.settled();
    const found = socket.notifications().map(({ data }) => data["title"]);
    socket.close();
    // Two broadcasts that go out together may be stored in either order.
    return found.sort();
  };
  await prefer("bob", {});
  assert.deepEqual(await titles("bob", 2), ["news for all", "sale for all"]);
  assert.deepEqual(await titles("ann", 1), ["news for all"]);
});

test("a person without a device who has switched the inbox off is told so", async () => {
  await person(app, "cid");
  await prefer("cid", { channels: { inApp: false } });
  const sent = await notify(app, "nowhere", {
    to: { users: ["cid"] },
    channels: ["inApp"],
    category: "social",
  });
  await ended(app, sent["id"]);
  assert.match(await explain(sent["id"], "cid"), /switched this off/);
});

test("everything back on; nonsense is refused by its field; nobody's preferences do not exist", async () => {
  assert.deepEqual((await prefer("bob", {}))["preferences"], {});
  const wrong = await app.api.call("PUT", "/v1/users/bob/preferences", { channels: { fax: false } });
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /channels.*fax/);
  assert.equal((await app.api.call("PUT", "/v1/users/nobody/preferences", {})).status, 404);
});
