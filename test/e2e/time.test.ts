import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  atApns,
  ended,
  fcmToken,
  hexToken,
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

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "time");
  await person(app, "tim", { phone: iphone("tim") });
});
after(() => world.close());

const inMs = (ms: number) => new Date(world.runtime.clock.now() + ms).toISOString();
const arrived = (title: string) => atApns(world, title);
const post = (title: string, change: object = {}) =>
  notify(app, title, { to: { users: ["tim"] }, channels: ["mobilePush"], ...change });

/** What a loaded machine itself takes between the right moment and the provider; a schedule's own grain is a minute. */
const MACHINE_MS = 15_000;

test("sendAt within 15 minutes and beyond: at its second, not at a schedule's minute", async () => {
  for (const [title, ms] of [
    ["soon", 5 * 60_000],
    ["late", 3 * 3_600_000],
  ] as const) {
    const sendAtMs = Math.ceil((world.runtime.clock.now() + ms) / 1000) * 1000;
    const sent = await post(title, { sendAt: new Date(sendAtMs).toISOString() });
    assert.equal(sent["state"], "scheduled");
    await world.advance(sendAtMs - world.runtime.clock.now() - 1_500);
    assert.equal(arrived(title).length, 0, "early");
    await world.advance(3_000);
    await until(`${title} arrives`, () => arrived(title).length === 1);
    const offMs = arrived(title)[0]!.atMs - sendAtMs;
    assert.ok(offMs >= 0 && offMs < MACHINE_MS, `off by ${offMs} ms`);
    assert.equal((await ended(app, sent["id"])).state, "completed");
  }
});

test("ttl 0 is now or never at the provider, a change of the content included", async () => {
  const expirationOf = (title: string) => arrived(title)[0]?.headers["apns-expiration"];
  const sent = await post("at-once", { ttl: 0 });
  await ended(app, sent["id"]);
  assert.equal(expirationOf("at-once"), "0");
  const planned = await post("planned", { ttl: 0, sendAt: inMs(60_000) });
  await app.api.ok("PATCH", `/v1/notifications/${planned["id"]}`, { content: { title: "changed" } });
  await world.advance(61_000);
  await until("the changed one arrives", () => arrived("changed").length === 1);
  assert.equal(expirationOf("changed"), "0");
  const short = await post("short", { ttl: 5 });
  await ended(app, short["id"]);
  assert.notEqual(expirationOf("short"), "0");
});

test("a scheduled notification can be changed and cancelled before it fires", async () => {
  const moved = await post("moved", { sendAt: inMs(3_600_000) });
  await app.api.ok("PATCH", `/v1/notifications/${moved["id"]}`, {
    sendAt: inMs(7_200_000),
    content: { title: "moved-again" },
  });
  const cancelled = await post("cancelled-before", { sendAt: inMs(3_600_000) });
  await app.api.ok("DELETE", `/v1/notifications/${cancelled["id"]}`);
  await world.advance(3_700_000);
  assert.equal(arrived("moved").length, 0);
  assert.equal(arrived("cancelled-before").length, 0);
  await world.advance(3_700_000);
  await until("the moved one arrives", () => arrived("moved-again").length === 1);
  assert.equal(
    (await app.api.call("PATCH", `/v1/notifications/${moved["id"]}`, { sendAt: inMs(60_000) })).status,
    409,
  );
});

test("a request that is refused under the id of what waits leaves its content alone", async () => {
  const large = (title: string) =>
    app.api.call("POST", "/v1/notifications", {
      ...{ id: "large", to: { users: ["tim"] }, channels: ["mobilePush"], sendAt: inMs(300_000) },
      // Too large for the header.
      content: { title, data: { more: title.repeat(200) } },
    });
  assert.equal((await large("kept-content")).status, 202);
  assert.equal((await large("other-content")).status, 422);
  await world.advance(301_000);
  await ended(app, "large");
  assert.equal(arrived("other-content").length, 0);
  assert.equal(arrived("kept-content").length, 1);
});

async function schedulesOf(): Promise<number> {
  const listed = await world.runtime.door.call({ kind: "admin" }, "scheduler", "ListSchedules", {});
  return (listed as { Schedules: unknown[] }).Schedules.length;
}

test("a repetition, a refusal and a change leave one schedule, a cancellation none", async () => {
  const before = await schedulesOf();
  const sendAt = inMs(3_600_000);
  const request = { id: "planned-once", to: { users: ["tim"] }, content: { title: "planned" }, sendAt };
  for (const [change, status] of [
    [{}, 202],
    [{}, 202],
    [{ content: { title: "another" } }, 422],
  ] as const)
    assert.equal((await app.api.call("POST", "/v1/notifications", { ...request, ...change })).status, status);
  assert.equal(await schedulesOf(), before + 1);
  await app.api.ok("PATCH", "/v1/notifications/planned-once", { sendAt: inMs(7_200_000) });
  assert.equal(await schedulesOf(), before + 1);
  await app.api.ok("DELETE", "/v1/notifications/planned-once");
  assert.equal(await schedulesOf(), before);
});

test("the schedule of a request that was refused fires in vain", async () => {
  const asked = (ms: number) =>
    app.api.call("POST", "/v1/notifications", {
      ...{ id: "in-vain", to: { users: ["tim"] }, channels: ["mobilePush"], sendAt: inMs(ms) },
      content: { title: "in-vain" },
    });
  world.runtime.door.faults.scheduler.set({ fireDeleted: true });
  assert.equal((await asked(3_600_000)).status, 202);
  assert.equal((await asked(1_200_000)).status, 422);
  await world.advance(1_210_000);
  world.runtime.door.faults.scheduler.set({});
  assert.equal(delayedPlans(), 0, "nothing waits for the time that was accepted but its schedule");
  await world.advance(2_400_000);
  await ended(app, "in-vain");
  assert.equal(arrived("in-vain").length, 1);
});

/** Messages to the planner that wait for their time. */
const delayedPlans = () => {
  const { queues } = world.runtime.deployment;
  const plans = queues.filter(({ logicalId }) => /^QueuesPlan(High|Normal|Low)[0-9A-F]{8}$/.test(logicalId));
  assert.equal(plans.length, 3);
  return plans.reduce((sum, { name }) => sum + world.runtime.door.sqs.counts(name).delayed, 0);
};

test("a schedule that fires twice sends once", async () => {
  world.runtime.door.faults.scheduler.set({ fireTwice: true });
  const sent = await post("twice", { sendAt: inMs(3_600_000) });
  await world.advance(3_700_000);
  world.runtime.door.faults.scheduler.set({});
  await ended(app, sent["id"]);
  assert.equal(arrived("twice").length, 1);
});

test("Retry-After is honoured: by visibility up to a minute, by a delayed copy beyond", async () => {
  await person(app, "fay", { pixel: pixel("fay") });
  const received = (title: string) =>
    world.fakes.fcm.received.filter(
      ({ payload, status }) => status === 200 && JSON.stringify(payload).includes(title),
    );
  for (const [title, retryAfterS] of [
    ["thirty", 30],
    ["two-minutes", 120],
  ] as const) {
    world.fakes.faults.set({ provider: "fcm", token: fcmToken("fay"), status: 429, retryAfterS, times: 1 });
    const { id } = await app.api.ok("POST", "/v1/notifications", {
      to: { users: ["fay"] },
      channels: ["mobilePush"],
      content: { title },
    });
    await until("the fault hits", () =>
      world.fakes.fcm.received.some(({ payload }) => JSON.stringify(payload).includes(title)),
    );
    await world.runtime.clock.settled();
    await world.advance((retryAfterS - 5) * 1000);
    assert.equal(received(title).length, 0, "retried too early");
    await world.advance(10_000);
    await until("the retry arrives", () => received(title).length === 1);
    await ended(app, id);
    world.fakes.faults.clear();
  }
});

test("what cannot be delivered before its time ends as expired", async () => {
  world.fakes.faults.set({
    provider: "apns",
    token: hexToken("tim"),
    status: 429,
    reason: "TooManyRequests",
  });
  const { id } = await post("too-late", { ttl: 120 });
  await world.advance(400_000);
  world.fakes.faults.clear();
  const status = await ended(app, id);
  assert.ok(["expired", "completed"].includes(status.state));
  assert.match(JSON.stringify(status.counts), /expired/);
});

test("crash between header and enqueue: the reconciler finds it within two minutes", async () => {
  const [send] = statements("Send", "sqs:SendMessage");
  const putBack = world.runtime.door.dropStatement(send!);
  world.expectTrouble(/SendRole.*(denied|not authorized).*sqs:SendMessage/);
  const sent = await post("forgotten");
  putBack();
  await world.runtime.clock.settled();
  assert.equal(arrived("forgotten").length, 0);
  await world.advance(125_000);
  await until("it arrives", () => arrived("forgotten").length === 1);
  await ended(app, sent["id"]);
  assert.equal(arrived("forgotten").length, 1);
});

async function loseAllMessages(): Promise<void> {
  const { sqs } = world.runtime.door;
  for (const { name } of world.runtime.deployment.queues)
    await sqs.purgeQueue({ QueueUrl: sqs.queueUrl(name) });
}

test("a short list whose messages are lost while they wait is sent a few minutes later", async () => {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: true });
  await world.advance(5_000);
  const sent = await post("lost-once", { ttl: 600 });
  await loseAllMessages();
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: false });
  for (let minute = 0; minute < 5; minute++) await world.advance(60_000);
  const status = await ended(app, sent["id"]);
  assert.equal(status.state, "completed");
  assert.equal(arrived("lost-once").length, 1);
});

test("a short list whose messages are lost is not sent to whoever has switched it off meanwhile", async () => {
  await person(app, "ann", { phone: iphone("ann") });
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: true });
  await world.advance(5_000);
  const sent = await post("lost-and-off", { ttl: 600, category: "marketing", to: { users: ["tim", "ann"] } });
  await loseAllMessages();
  await app.api.ok("PUT", "/v1/users/ann/preferences", { categories: { marketing: false } });
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: false });
  for (let minute = 0; minute < 5; minute++) await world.advance(60_000);
  await ended(app, sent["id"]);
  assert.equal(arrived("lost-and-off").length, 1, "tim's");
  const why = await app.api.ok("GET", `/v1/notifications/${sent["id"]}/recipients/ann`);
  assert.match(String(why["sentence"]), /switched this off/);
});

test("messages lost for good: what they held ends as expired, and so does the notification", async () => {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: true });
  await world.advance(5_000);
  const sent = await post("lost-for-good", { ttl: 600 });
  await loseAllMessages();
  // The reconciler's second try is lost as well.
  for (let minute = 0; minute < 5; minute++) await world.advance(60_000);
  await loseAllMessages();
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/apns`, { paused: false });
  for (let minute = 0; minute < 13; minute++) await world.advance(60_000);
  const status = await ended(app, sent["id"]);
  assert.equal(status.state, "expired");
  assert.match(JSON.stringify(status.counts), /"expired":1/);
});

/** Statements of a function's role that hold an action. */
function statements(fn: string, action: string): string[] {
  const { functions, roles } = world.runtime.deployment;
  const { roleArn } = functions.find(({ logicalId }) => logicalId.startsWith(fn))!;
  return roles
    .find(({ arn }) => arn === roleArn)!
    .statements.filter(({ actions }) => actions.includes(action))
    .map(({ id }) => id);
}
