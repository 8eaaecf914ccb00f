import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ended,
  fcmToken,
  hexToken,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** One iPhone with a token of every purpose: each notification goes to the one that it is for. */
let world: World;
let app: TestApp;

const TOKENS = {
  alert: hexToken("ann-alerts"),
  start: hexToken("ann-start"),
  ride7: hexToken("ann-ride-7"),
  ride8: hexToken("ann-ride-8"),
  voip: hexToken("ann-voip"),
};

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "apple");
  const { apns } = world.fakes;
  apns.madeFor(TOKENS.alert, "alert");
  for (const token of [TOKENS.start, TOKENS.ride7, TOKENS.ride8]) apns.madeFor(token, "liveactivity");
  apns.madeFor(TOKENS.voip, "voip");
  await person(app, "ann", {
    iphone: {
      platform: "ios",
      tokens: [
        { kind: "apnsStart", token: TOKENS.start.toUpperCase() },
        { kind: "apnsActivity", token: TOKENS.ride7, activity: "ride-7" },
        { kind: "apnsActivity", token: TOKENS.ride8, activity: "ride-8" },
        { kind: "apnsTyped", token: TOKENS.voip, pushType: "voip" },
        { kind: "apns", token: TOKENS.alert },
      ],
    },
    pixel: pixel("ann"),
  });
});
after(() => world.close());

/** What the fakes received of one notification to ann: tokens, and the last payload at Apple's. */
async function send(content: object, more: object = {}) {
  const { apns, fcm } = world.fakes;
  const [atApple, atGoogle] = [apns.received.length, fcm.received.length];
  const request = { to: { users: ["ann"] }, channels: ["mobilePush"], content, ...more };
  const sent = await app.api.ok("POST", "/v1/notifications", request);
  const { totals } = await ended(app, sent["id"]);
  const received = [...apns.received.slice(atApple), ...fcm.received.slice(atGoogle)];
  return {
    id: sent["id"],
    accepted: totals["accepted"] ?? 0,
    tokens: received.map(({ token }) => token),
    headers: received[0]?.headers ?? {},
    aps: (received[0]?.payload as { aps?: Record<string, unknown> } | undefined)?.aps ?? {},
  };
}

const live = (liveActivity: object, content: object = {}) => send({ ...content, apple: { liveActivity } });
const RIDE = { attributesType: "RideAttributes", attributes: { from: "Main Street" } };

test("an ordinary notification goes to the ordinary token alone", async () => {
  const { tokens, aps } = await send({
    title: "hello",
    apple: { interruption: "time-sensitive", relevance: 1 },
  });
  assert.deepEqual(tokens, [TOKENS.alert, fcmToken("ann")]);
  assert.equal(aps["interruption-level"], "time-sensitive");
});

test("a call goes to PushKit's token, and to handsets of other makers by their own", async () => {
  const { tokens, headers } = await send({ silent: true, data: { call: "7" }, apple: { pushType: "voip" } });
  assert.deepEqual(tokens, [TOKENS.voip, fcmToken("ann")]);
  assert.equal(headers["apns-topic"], `com.example.${app.id}.voip`);
  assert.equal(headers["apns-priority"], "10");
  assert.equal(headers["apns-expiration"], "0");
});

test("a Live Activity is started, updated and ended, each by its own token, and nobody else hears of it", async () => {
  const started = await live({ event: "start", ...RIDE, contentState: { eta: 9 } }, { title: "On its way" });
  assert.deepEqual(started.tokens, [TOKENS.start]);
  assert.equal(started.headers["apns-push-type"], "liveactivity");
  assert.deepEqual(started.aps["attributes"], RIDE.attributes);
  const updated = await live({ event: "update", activity: "ride-7", contentState: { eta: 4 } });
  assert.deepEqual(updated.tokens, [TOKENS.ride7]);
  const over = await live({ event: "end", activity: "ride-8", contentState: { eta: 0 } });
  assert.deepEqual([over.tokens, over.aps["event"]], [[TOKENS.ride8], "end"]);
  const unknown = await live({ event: "update", activity: "ride-9", contentState: {} });
  assert.deepEqual(unknown.tokens, []);
  const { decision } = await app.api.ok("GET", `/v1/notifications/${unknown.id}/recipients/ann`);
  assert.equal((decision as { reason: string }).reason, "no_token_for_channel");
});

test("an update at its time goes through the plan, carries that time and finds its token", async () => {
  const sendAtS = Math.ceil(world.runtime.clock.now() / 1_000) + 120;
  const before = world.fakes.apns.received.length;
  const sent = await app.api.ok("POST", "/v1/notifications", {
    to: { users: ["ann"] },
    content: { apple: { liveActivity: { event: "update", activity: "ride-8", contentState: { eta: 1 } } } },
    sendAt: new Date(sendAtS * 1_000).toISOString(),
  });
  await assert.rejects(
    app.api.ok("PATCH", `/v1/notifications/${sent["id"]}`, { content: { title: "another" } }),
    /409|conflict/,
  );
  await world.advance(125_000);
  await ended(app, sent["id"]);
  const [entry, ...more] = world.fakes.apns.received.slice(before);
  assert.deepEqual([entry?.token, more], [TOKENS.ride8, []]);
  const payload = entry?.payload as { aps: { timestamp: number } } | undefined;
  assert.equal(payload?.aps.timestamp, sendAtS);
});

test("the update token of an activity that is over goes; the phone stays reachable", async () => {
  const { faults } = world.fakes;
  faults.set({ provider: "apns", token: TOKENS.ride7, status: 410, reason: "Unregistered", sinceMs: 4e12 });
  await live({ event: "update", activity: "ride-7", contentState: {} });
  faults.clear();
  const tokensOf = async () => {
    const { devices } = await app.api.ok("GET", "/v1/users/ann");
    const [{ status, tokens }] = devices as [{ status: string; tokens: Record<string, string>[] }];
    const gone = tokens.filter(({ goneReason }) => goneReason !== undefined);
    return { status, gone: gone.map(({ kind, activity }) => `${kind} ${activity}`) };
  };
  await until("the token is taken off", async () => (await tokensOf()).gone.length > 0);
  assert.deepEqual(await tokensOf(), { status: "active", gone: ["apnsActivity ride-7"] });
  assert.deepEqual((await live({ event: "end", activity: "ride-7" })).tokens, []);
  assert.equal((await send({ title: "still there" })).accepted, 2);
});

test("what Apple would refuse is refused at once, by its field", async () => {
  const { status, body } = await app.api.call("POST", "/v1/notifications", {
    to: { users: ["ann"] },
    priority: "low",
    content: { title: "Call", apple: { pushType: "voip" } },
  });
  assert.equal(status, 400);
  assert.deepEqual((body["errors"] as { pointer: string }[])[0]?.pointer, "/priority");
});

const BADGE = { title: "count", apple: { badge: "unread" } };

const tellReceipt = async (notification: unknown, event: string) => {
  const { status } = await fetch(`${world.runtime.apiUrl}/v1/client/receipts`, {
    method: "POST",
    headers: { authorization: `Bearer ${app.token("ann")}`, "content-type": "application/json" },
    body: JSON.stringify({ notification, event }),
  });
  assert.equal(status, 204);
};

test("a counted badge is what the person has not read, this notification among it", async () => {
  const socket = await app.connect("ann");
  const both = { channels: ["inApp", "mobilePush"] };
  const badges: unknown[] = [];
  for (let n = 0; n < 3; n++) badges.push((await send(BADGE, both)).aps["badge"]);
  await until("the frames arrive", () => socket.notifications().length === 3);
  const ids = socket.notifications().map(({ id }) => id);
  badges.push((await send(BADGE)).aps["badge"]);
  await tellReceipt(ids[1], "displayed");
  await tellReceipt(ids[0], "read");
  await tellReceipt(ids[0], "clicked");
  badges.push((await send(BADGE)).aps["badge"]);
  socket.send({ type: "read", sequence: 3 });
  await until("the reading is stored", async () => (await send(BADGE)).aps["badge"] === 0);
  badges.push((await send(BADGE, both)).aps["badge"]);
  assert.deepEqual(badges, [1, 2, 3, 3, 2, 1]);
});

test("a message that 64 newer ones have followed is read by its id as well", async () => {
  const only = { to: { users: ["ann"] }, channels: ["inApp"] };
  const old = await notify(app, "old", only);
  await ended(app, old["id"]);
  const before = (await send(BADGE)).aps["badge"];
  for (let n = 0; n < 65; n++) await notify(app, `newer ${n}`, only);
  await until("all of them", async () => (await send(BADGE)).aps["badge"] === Number(before) + 65, 20_000);
  await tellReceipt(old["id"], "read");
  assert.equal((await send(BADGE)).aps["badge"], Number(before) + 64);
});

test("a badge that cannot be counted keeps nobody from being told", async () => {
  world.expectTrouble(/badge not counted|denied|not authorized/);
  const { functions, roles } = world.runtime.deployment;
  const dispatcher = functions.find(({ logicalId }) => logicalId.startsWith("DispatchMobilePush"));
  const inbox = roles
    .find(({ arn }) => arn === dispatcher?.roleArn)
    ?.statements.find(({ resources }) => resources.some((arn) => arn.includes("Inbox")));
  assert.ok(inbox, "a right to the inbox");
  const putBack = world.runtime.door.dropStatement(inbox.id);
  try {
    const { aps, accepted } = await send(BADGE);
    assert.equal(accepted, 2);
    assert.ok(!("badge" in aps));
  } finally {
    putBack();
  }
});
