import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  browserOf,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** The rarer ways: each of them is also what some statement of some role is there for. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "corner");
  await person(app, "cora", { phone: iphone("cora"), pixel: pixel("cora"), firefox: browserOf(world, app) });
});
after(() => world.close());

const ALL = ["inApp", "mobilePush", "webPush"];
const post = (title: string, change: object = {}) =>
  notify(app, title, { to: { users: ["cora"] }, channels: ALL, ...change });

test("every priority has its queues, and a large body travels in chunks", async () => {
  for (const priority of ["high", "normal", "low"]) {
    const large = { title: priority, metadata: { note: "x".repeat(120_000) } };
    const sent = [await post(priority, { priority }), await post(priority, { priority, content: large })];
    await world.advance(1_500);
    for (const { id } of sent) assert.equal((await ended(app, id)).totals["accepted"], 4);
  }
});

test("lists beyond 25 people and broadcasts are planned through the queue of their priority", async () => {
  for (const priority of ["high", "normal", "low"]) {
    const users = ["cora", ...Array.from({ length: 30 }, (_, n) => `ghost-${n}`)];
    const list = await post(`list-${priority}`, { priority, to: { users } });
    const walk = await post(`walk-${priority}`, { priority, to: { everyone: true } });
    const later = await post(`later-${priority}`, {
      priority,
      sendAt: new Date(world.runtime.clock.now() + 1_800_000).toISOString(),
    });
    await app.api.ok("PATCH", `/v1/notifications/${later["id"]}`, {
      sendAt: new Date(world.runtime.clock.now() + 300_000).toISOString(),
    });
    await world.advance(310_000);
    for (const { id } of [list, walk, later])
      assert.ok(((await ended(app, id)).totals["accepted"] ?? 0) >= 3);
  }
});

test("long waits go on as delayed copies on every channel", async () => {
  for (const what of ["webPush", "inApp", "mobilePush"])
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${what}`, { paused: true });
  await world.advance(5_000);
  const sent = await post("held");
  for (let step = 0; step < 26; step++) await world.advance(5_500);
  for (const what of ["webPush", "inApp", "mobilePush"])
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${what}`, { paused: false });
  await world.advance(15_000);
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 4);
});

test("the daily sweep makes devices unseen for 90 days inactive; their next registration brings them back", async () => {
  await person(app, "gone90", { phone: iphone("gone90") });
  await world.runtime.clock.jump(92 * 86_400_000);
  await world.advance(1_000);
  const status = async () => {
    const { devices } = (await app.api.ok("GET", "/v1/users/gone90")) as { devices: { status: string }[] };
    return devices[0]!.status;
  };
  await until("it is swept", async () => (await status()) === "inactive");
  await app.api.ok("PUT", "/v1/users/gone90/devices/phone", iphone("gone90"));
  assert.equal(await status(), "active");
});

test("a browser that unsubscribed is taken off; a short delay can become a long one", async () => {
  await app.api.ok("PUT", "/v1/users/web", {});
  const browser = browserOf(world, app);
  await app.api.ok("PUT", "/v1/users/web/devices/firefox", browser);
  const [subscription] = browser.tokens as unknown as { endpoint: string }[];
  world.fakes.webpush.unsubscribe(subscription!.endpoint);
  const gone = await post("gone", { to: { users: ["web"] }, channels: ["webPush"] });
  assert.match(JSON.stringify((await ended(app, gone["id"])).counts), /gone/);
  const { devices } = (await app.api.ok("GET", "/v1/users/web")) as { devices: { status: string }[] };
  assert.equal(devices[0]!.status, "unregistered");
  await app.api.ok("PUT", "/v1/users/cora/devices/pixel", pixel("cora")); // back after the sweep
  const inMs = (ms: number) => new Date(world.runtime.clock.now() + ms).toISOString();
  const moved = await post("stretched", { sendAt: inMs(300_000) });
  await app.api.ok("PATCH", `/v1/notifications/${moved["id"]}`, { sendAt: inMs(3_600_000) });
  await world.advance(3_610_000);
  assert.equal((await ended(app, moved["id"])).totals["accepted"], 2);
});
