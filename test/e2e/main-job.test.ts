import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  browserOf,
  ended,
  hexToken,
  iphone,
  makeApp,
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
  app = await makeApp(world, "main");
});
after(() => world.close());

test("one request reaches an iPhone, an Android phone, a browser and an open socket exactly once each", async () => {
  await app.api.ok("PUT", "/v1/users/ann", { name: "Ann", locale: "en-GB", zone: "Europe/London" });
  await app.api.ok("PUT", "/v1/users/ann/devices/phone", iphone("ann"));
  await app.api.ok("PUT", "/v1/users/ann/devices/pixel", pixel("ann"));
  await app.api.ok("PUT", "/v1/users/ann/devices/firefox", browserOf(world, app));
  const socket = await app.connect("ann");
  const { apns, fcm, webpush } = world.fakes;
  const before = [apns.received.length, fcm.received.length, webpush.received.length];
  const { status, body } = await app.api.call("POST", "/v1/notifications", {
    to: { users: ["ann"] },
    channels: ["inApp", "mobilePush", "webPush"],
    content: {
      title: "Your order has shipped",
      body: "It arrives on Friday.",
      data: { order: "1" },
      url: "https://shop.example/1",
    },
  });
  assert.equal(status, 202);
  assert.equal(body["recipients"], 1);
  const done = await ended(app, body["id"]);
  assert.equal(done.state, "completed");
  assert.equal(done.totals["accepted"], 4);
  await until("the frame arrives", () => socket.notifications().length > 0);
  assert.deepEqual(
    [apns.received.length, fcm.received.length, webpush.received.length].map(
      (count, index) => count - before[index]!,
    ),
    [1, 1, 1],
  );
  assert.equal(socket.notifications().length, 1);
  assert.equal(socket.notifications()[0]!.data["title"], "Your order has shipped");
  assert.deepEqual(world.troubles, []);
  socket.close();
});

test("explain: one sentence and what each device got", async () => {
  const { body } = await app.api.call("POST", "/v1/notifications", {
    to: { users: ["ann", "nobody"] },
    channels: ["mobilePush"],
    content: { title: "Why" },
  });
  await ended(app, body["id"]);
  const why = await app.api.ok("GET", `/v1/notifications/${body["id"]}/recipients/ann`);
  assert.match(String(why["sentence"]), /ann/);
  assert.match(JSON.stringify(why), /accepted/);
  const nobody = await app.api.ok("GET", `/v1/notifications/${body["id"]}/recipients/nobody`);
  assert.match(JSON.stringify(nobody), /no_such_user/);
});

test("idempotency: twenty parallel posts of one id are one notification; another body is 422", async () => {
  await person(app, "ida", { phone: iphone("ida") });
  const before = world.fakes.apns.received.length;
  const request = {
    id: "only-once",
    to: { users: ["ida"] },
    channels: ["mobilePush"],
    content: { title: "Once" },
  };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.api.call("POST", "/v1/notifications", request)),
  );
  assert.ok(answers.every(({ status }) => status === 202));
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  await ended(app, "only-once");
  assert.equal(world.fakes.apns.received.length - before, 1);
  const other = await app.api.call("POST", "/v1/notifications", { ...request, content: { title: "Other" } });
  assert.equal(other.status, 422);
  assert.equal(other.body["code"], "idempotency_mismatch");
});

test("a phone that changes hands: the second owner gets it, the first gets nothing more there", async () => {
  for (const user of ["old", "new"]) await app.api.ok("PUT", `/v1/users/${user}`, {});
  await app.api.ok("PUT", "/v1/users/old/devices/phone", iphone("shared"));
  await app.api.ok("PUT", "/v1/users/new/devices/phone", iphone("shared"));
  const before = world.fakes.apns.received.length;
  const { body } = await app.api.call("POST", "/v1/notifications", {
    to: { users: ["old", "new"] },
    channels: ["mobilePush"],
    content: { title: "Whose" },
  });
  await ended(app, body["id"]);
  assert.equal(world.fakes.apns.received.length - before, 1);
});

test("a gone token is taken off its device; registered again, it is used again", async () => {
  await person(app, "gon", { phone: iphone("gon") });
  world.fakes.faults.set({ provider: "apns", token: hexToken("gon"), status: 410, reason: "Unregistered" });
  const send = async () => {
    const { body } = await app.api.call("POST", "/v1/notifications", {
      to: { users: ["gon"] },
      channels: ["mobilePush"],
      content: { title: "Gone" },
    });
    return { id: body["id"], status: await ended(app, body["id"]) };
  };
  assert.equal((await send()).status.totals["accepted"] ?? 0, 0);
  world.fakes.faults.clear();
  const skipped = await send();
  const why = await app.api.ok("GET", `/v1/notifications/${skipped.id}/recipients/gon`);
  assert.match(JSON.stringify(why), /device_unregistered/);
  await app.api.ok("PUT", "/v1/users/gon/devices/phone", iphone("gon"));
  assert.equal((await send()).status.totals["accepted"], 1);
});

test("a wrong provider key: misconfigured, said so, and no token is removed", async () => {
  const other = await makeApp(world, "wrongkey");
  await person(other, "wes", { phone: iphone("wes") });
  world.fakes.faults.set({
    provider: "apns",
    token: hexToken("wes"),
    status: 403,
    reason: "InvalidProviderToken",
  });
  const { body } = await other.api.call("POST", "/v1/notifications", {
    to: { users: ["wes"] },
    channels: ["mobilePush"],
    content: { title: "Key" },
  });
  await ended(other, body["id"]);
  const why = JSON.stringify(await other.api.ok("GET", `/v1/notifications/${body["id"]}/recipients/wes`));
  assert.match(why, /InvalidProviderToken/);
  world.fakes.faults.clear();
  const again = await other.api.call("POST", "/v1/notifications", {
    to: { users: ["wes"] },
    channels: ["mobilePush"],
    content: { title: "Key" },
  });
  assert.equal((await ended(other, again.body["id"])).totals["accepted"], 1);
});

test("what was sent while offline arrives on connect, once, in order", async () => {
  await app.api.ok("PUT", "/v1/users/off", {});
  for (const title of ["one", "two", "three"]) {
    const { body } = await app.api.call("POST", "/v1/notifications", {
      to: { users: ["off"] },
      channels: ["inApp"],
      content: { title },
    });
    await ended(app, body["id"]);
  }
  const socket = await app.connect("off");
  await until("three frames", () => socket.notifications().length >= 3);
  assert.deepEqual(
    socket.notifications().map(({ data }) => data["title"]),
    ["one", "two", "three"],
  );
  assert.deepEqual(
    socket.notifications().map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  socket.close();
  await until("closed at the gateway", async () => (await world.runtime.gateway?.connections().length) === 0);
  // The acknowledgement came in before the close, but a function is still to write it down.
  await world.runtime.clock.settled();
  const again = await app.connect("off");
  await until("greeted", () => again.frames.some(({ type }) => type === "hello"));
  await world.runtime.clock.settled();
  assert.equal(again.notifications().length, 0);
  again.close();
});
