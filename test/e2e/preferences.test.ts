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

test("everything back on; nonsense is refused by its field; nobody's preferences do not exist", async () => {
  assert.deepEqual((await prefer("bob", {}))["preferences"], {});
  const wrong = await app.api.call("PUT", "/v1/users/bob/preferences", { channels: { fax: false } });
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /channels.*fax/);
  assert.equal((await app.api.call("PUT", "/v1/users/nobody/preferences", {})).status, 404);
});
