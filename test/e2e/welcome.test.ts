import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { apiClient } from "../../local/demo/api-client.ts";
import {
  browserOf,
  ended,
  makeApp,
  pixel,
  startWorld,
  statementWith,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** A browser that subscribes is told the app's own welcome, once. */
const WELCOME = {
  title: "Welcome to the shop",
  body: "You hear from us when your order moves.",
  url: "https://shop.example/orders",
};

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "hello", { defaults: { welcome: WELCOME, icon: "https://shop.example/i.png" } });
});
after(() => world.close());

type Browser = ReturnType<typeof browserOf>;
const pushesTo = ({ tokens }: Browser) =>
  world.fakes.webpush.received
    .filter(({ token }) => token === tokens[0]?.endpoint)
    .map(({ payload }) => payload as Record<string, unknown>);
const register = (user: string, device: string, body: object, from = app) =>
  apiClient(world.runtime.apiUrl, from.token(user)).ok("PUT", `/v1/client/devices/${device}`, body);
async function moveIn(line: object): Promise<void> {
  const headers = { "content-type": "application/x-ndjson" };
  const { status, body } = await app.api.call("POST", "/v1/devices:bulk", JSON.stringify(line), headers);
  assert.deepEqual([status, body["totals"]], [207, { done: 1, refused: 0 }]);
}
/** A push behind everything that was asked for before: what has not come by then does not come. */
async function settled(user: string, device: string, from = app): Promise<void> {
  await world.advance(2_000);
  const { id } = await from.api.ok("POST", "/v1/notifications", {
    to: { devices: [{ user, device }] },
    channels: ["webPush"],
    content: { title: "last" },
  });
  await ended(from, id);
}
const titles = (browser: Browser) => pushesTo(browser).map(({ title }) => title);

test("a browser that subscribes is welcomed in the app's own words; registering again says nothing", async () => {
  const browser = browserOf(world, app);
  await register("ann", "firefox", browser);
  await until("the welcome", () => pushesTo(browser).length === 1);
  const [push] = pushesTo(browser);
  const { title, body, url, icon } = push ?? {};
  assert.deepEqual({ title, body, url }, WELCOME);
  assert.equal(icon, "https://shop.example/i.png");
  assert.match(String(push?.["notificationId"]), /^welcome-[0-9a-f]{32}$/);
  const status = await ended(app, push?.["notificationId"]);
  assert.equal(status.totals["accepted"], 1);
  await register("ann", "firefox", browser);
  await settled("ann", "firefox");
  assert.deepEqual(titles(browser), [WELCOME.title, "last"]);
});

test("renewed, moved, gone and back, moved in with many others: no welcome", async () => {
  const renewed = browserOf(world, app);
  await register("ann", "firefox", renewed);
  await settled("ann", "firefox");
  assert.deepEqual(titles(renewed), ["last"]);
  const given = browserOf(world, app);
  await moveIn({ user: "ivy", device: "old", ...given });
  await register("bob", "shared", given);
  await settled("bob", "shared");
  assert.deepEqual(titles(given), ["last"]);

  const back = browserOf(world, app);
  await register("cora", "firefox", back);
  await until("the welcome", () => pushesTo(back).length === 1);
  await app.api.ok("DELETE", "/v1/users/cora/devices/firefox");
  await register("cora", "firefox", back);
  await register("dan", "other", browserOf(world, app));
  await settled("cora", "firefox");
  assert.deepEqual(titles(back), [WELCOME.title, "last"]);

  const moved = browserOf(world, app);
  await moveIn({ user: "eve", device: "firefox", ...moved });
  await settled("eve", "firefox");
  assert.deepEqual(titles(moved), ["last"]);
});

test("the app's server may register for the browser; a phone and another app's browser get none", async () => {
  const browser = browserOf(world, app);
  await app.api.ok("PUT", "/v1/users/finn/devices/firefox", browser);
  await until("the welcome", () => pushesTo(browser).length === 1);
  const before = world.fakes.fcm.received.length;
  await register("finn", "phone", pixel("finn"));
  const silent = await makeApp(world, "silent");
  const theirs = browserOf(world, silent);
  await register("gil", "firefox", theirs, silent);
  await settled("gil", "firefox", silent);
  assert.deepEqual(titles(theirs), ["last"]);
  assert.equal(world.fakes.fcm.received.length, before);
});

test("a welcome that cannot be asked for costs nothing else: the browser is registered", async () => {
  world.expectTrouble(/welcome not asked for|ClientRole\w+ was denied sqs:SendMessage/);
  const putBack = world.runtime.door.dropStatement(statementWith(world, "Client", "sqs:SendMessage").id);
  const browser = browserOf(world, app);
  try {
    await register("hal", "firefox", browser);
  } finally {
    putBack();
  }
  await settled("hal", "firefox");
  assert.deepEqual(titles(browser), ["last"]);
});

test("a welcome that could not be sent is refused where it is entered", async () => {
  const refused = async (welcome: object) => {
    const { status, body } = await world.admin.call("PATCH", `/v1/apps/${app.id}`, { defaults: { welcome } });
    return [status, (body["errors"] as { pointer: string }[] | undefined)?.[0]?.pointer];
  };
  assert.deepEqual(await refused({ body: "no title" }), [400, "/defaults/welcome/title"]);
  assert.deepEqual(await refused({ ...WELCOME, sound: "ping" }), [400, "/defaults/welcome/sound"]);
  assert.deepEqual(await refused({ ...WELCOME, body: "x".repeat(2_048) }), [400, "/defaults/welcome"]);
  const { defaults } = await app.api.ok("GET", `/v1/apps/${app.id}`);
  assert.deepEqual(defaults, { welcome: WELCOME, icon: "https://shop.example/i.png" });
});
