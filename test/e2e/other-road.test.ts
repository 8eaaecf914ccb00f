import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureVendors, vendorCredentials } from "../../local/demo/vendors.ts";
import {
  ended,
  fcmToken,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** A handset with tokens of several providers: where one refuses, the next is asked within the same notification. */
let world: World;
let app: TestApp;

const miToken = (name: string): string => `mi+regid/${name}`.padEnd(64, "x");
const phone = (name: string, ...more: object[]) => ({
  platform: "android",
  brand: "Xiaomi",
  model: "Mi 14",
  tokens: [{ kind: "mi", token: miToken(name) }, { kind: "fcmToken", token: fcmToken(name) }, ...more],
});
const gone = (name: string) =>
  world.fakes.faults.set({ provider: "mi", token: miToken(name), reason: "20301" });
/** How often a phone has got a notification through this fake. */
const rings = (by: "mi" | "fcm", title: string, token: string) =>
  world.fakes[by].received.filter(
    (got) => got.token === token && got.reason === undefined && JSON.stringify(got.payload).includes(title),
  ).length;

/** Counts from now on how often a page is asked to be looked at. */
function countClimbs(): () => number {
  let asked = 0;
  const unwatch = world.runtime.door.watch({
    after: ({ operation, input }) => {
      if (operation === "SendMessageBatch" && JSON.stringify(input).includes('\\"kind\\":\\"climb\\"'))
        asked++;
    },
  });
  return () => {
    unwatch();
    return asked;
  };
}

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "roads");
  await configureVendors(world, world.admin, app.id);
});
after(() => world.close());

test("the maker refuses: FCM is tried at once, without a ladder, and the explanation says so", async () => {
  await person(app, "ann", { phone: phone("ann") });
  gone("ann");
  const climbs = countClimbs();
  const sent = await notify(app, "road 1", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  const { totals } = await ended(app, sent["id"]);
  assert.equal(rings("fcm", "road 1", fcmToken("ann")), 1);
  assert.ok(climbs() >= 1);
  assert.deepEqual([totals["accepted"], totals["failed"]], [1, 1], JSON.stringify(totals));
  const { sentence, evidence } = await app.api.ok("GET", `/v1/notifications/${sent["id"]}/recipients/ann`);
  assert.match(String(sentence), /^ann was sent it: FCM accepted it for the Mi 14/);
  assert.match(String(sentence), /so FCM was tried next/);
  assert.deepEqual(
    (evidence as { provider: string; outcome: string }[]).map((one) => [one.provider, one.outcome]),
    [
      ["mi", "gone"],
      ["fcm", "accepted"],
    ],
  );
});

test("all three roads refuse: each was asked once, and the notification ends", async () => {
  await person(app, "bob", { phone: phone("bob", { kind: "jpush", token: "1a0018970a000009" }) });
  gone("bob");
  world.fakes.faults.set({ provider: "fcm", token: fcmToken("bob"), status: 404, reason: "UNREGISTERED" });
  world.fakes.faults.set({ provider: "jpush", token: "1a0018970a000009", reason: "1003" });
  const sent = await notify(app, "road 2", { to: { users: ["bob"] }, channels: ["mobilePush"] });
  const { totals, counts } = await ended(app, sent["id"]);
  assert.equal(totals["accepted"] ?? 0, 0, JSON.stringify(counts));
  assert.deepEqual((counts as unknown as { provider: string }[]).map(({ provider }) => provider).sort(), [
    "fcm",
    "jpush",
    "mi",
  ]);
});

test("accepted at once: nobody is looked at any more, and one write ends it", async () => {
  await person(app, "dee", { phone: phone("dee") });
  const climbs = countClimbs();
  const sent = await notify(app, "road 5", { to: { users: ["dee"] }, channels: ["mobilePush"] });
  const { totals, state } = await ended(app, sent["id"]);
  assert.deepEqual([state, totals["accepted"], rings("mi", "road 5", miToken("dee"))], ["completed", 1, 1]);
  assert.equal(climbs(), 0);
});

test("one road only: nothing more is asked", async () => {
  await person(app, "cid", {
    phone: { platform: "android", tokens: [{ kind: "mi", token: miToken("cid") }] },
  });
  gone("cid");
  const sent = await notify(app, "road 3", { to: { users: ["cid"] }, channels: ["mobilePush"] });
  const { totals } = await ended(app, sent["id"]);
  assert.deepEqual([totals["failed"], totals["accepted"] ?? 0], [1, 0]);
});

test("a broadcast, every message twice and in any order: each phone rings once, by one of its roads", async () => {
  const people = Array.from({ length: 40 }, (_, n) => `p${n}`);
  for (const name of people) await person(app, name, { phone: phone(name) });
  const dead = people.slice(0, 15);
  for (const name of dead) gone(name);
  for (const { name } of world.runtime.deployment.queues)
    world.runtime.door.faults.sqs.set(name, { duplicatePercent: 50, reorder: true });
  const sent = await notify(app, "road 4", { to: { everyone: true }, channels: ["mobilePush"] });
  await until("the refused phones", () => dead.every((name) => rings("fcm", "road 4", fcmToken(name)) >= 1));
  for (const { name } of world.runtime.deployment.queues) world.runtime.door.faults.sqs.set(name, {});
  await ended(app, sent["id"]);
  for (const name of people) {
    const roads = [rings("mi", "road 4", miToken(name)), rings("fcm", "road 4", fcmToken(name))];
    assert.deepEqual(roads, dead.includes(name) ? [0, 1] : [1, 0], name);
  }
});

test("the operator's limit of the day is used up: the vendor is not asked, and the next road is taken", async () => {
  const mi = { ...vendorCredentials(app.id).mi, categories: { marketing: {} }, perDay: { "*": 2 } };
  world.fakes.mi.trust(mi);
  await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/mi`, mi);
  await world.advance(61_000); // credentials are read again after a minute
  const people = ["q0", "q1", "q2", "q3"];
  for (const name of people) await person(app, name, { phone: phone(name) });
  const before = world.fakes.mi.received.length;
  for (const [index, name] of people.entries()) {
    const sent = await notify(app, `day ${index}`, { to: { users: [name] }, channels: ["mobilePush"] });
    await ended(app, sent["id"]);
  }
  assert.equal(world.fakes.mi.received.length - before, 2);
  const byFcm = people.map((name, index) => rings("fcm", `day ${index}`, fcmToken(name)));
  assert.deepEqual(byFcm, [0, 0, 1, 1]);
});
