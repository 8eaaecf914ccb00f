import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { LiveActivity } from "../../functions/core/notification/apple.ts";
import type { Content } from "../../functions/core/notification/content.ts";
import { APPLE_TOKEN_TYPES, type AppleTokenType } from "../../functions/core/token-kinds.ts";
import { inboxes, make, newTarget } from "./apns-subject.ts";
import { message, soon, startWorld } from "./provider-world.ts";

/** What Apple gets of each kind of message; answers, tokens and hosts are the matter of apns.test.ts. */
let world: Awaited<ReturnType<typeof startWorld>>;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

test("apns: headers are what Apple asks for", async () => {
  const provider = world.closeLater(make(world, "one"));
  const to = newTarget();
  const send = await provider.prepare(
    message({ priority: "low", ttlS: 0, content: { title: "x", tag: "score" } }),
  );
  await send(to, soon());
  const headers = world.fakes.apns.received.find((entry) => entry.token === to.token)?.headers ?? {};
  assert.equal(headers["apns-id"], to.messageId);
  assert.equal(headers["apns-topic"], "com.example.one");
  assert.equal(headers["apns-collapse-id"], "score");
  assert.equal(headers["apns-priority"], "5");
  assert.equal(headers["apns-expiration"], "0");
  assert.equal(headers["apns-push-type"], "alert");
});

const silent = (pushType: AppleTokenType): Content => ({ silent: true, apple: { pushType } });

test("apns: every push type with the token it is for is accepted; with an ordinary one it is not", async () => {
  const provider = world.closeLater(make(world, "one"));
  for (const pushType of APPLE_TOKEN_TYPES) {
    const [right, wrong] = [newTarget(), newTarget()];
    world.fakes.apns.madeFor(right.token, pushType);
    world.fakes.apns.madeFor(wrong.token, "alert");
    const send = await provider.prepare(message({ priority: "low", content: silent(pushType) }));
    assert.equal((await send(right, soon())).kind, "accepted", pushType);
    const [entry] = world.fakes.apns.received.filter(({ token }) => token === right.token);
    assert.equal(entry?.headers["apns-push-type"], pushType);
    const outcome = await send(wrong, soon());
    assert.equal(outcome.reason, "DeviceTokenNotForTopic");
    assert.equal(outcome.tokenSuspect, true);
    const ordinary = await (await provider.prepare(message()))(right, soon());
    assert.equal(ordinary.reason, "DeviceTokenNotForTopic", `an alert to a token of ${pushType}`);
  }
});

test("apns: a call may be 5,120 bytes long, and has its suffix behind a device's own bundle id", async () => {
  const provider = world.closeLater(make(world, "one"));
  const content: Content = { title: "Call", body: "x".repeat(4_700), apple: { pushType: "voip" } };
  const to = newTarget();
  assert.equal((await (await provider.prepare(message({ content })))(to, soon())).kind, "accepted");
  const longer = { ...content, body: "x".repeat(5_100) };
  const refused = await (await provider.prepare(message({ content: longer })))(newTarget(), soon());
  assert.deepEqual(refused, { kind: "rejected", reason: "payload_too_large" });
  const beta = { ...newTarget(), bundleId: "com.example.beta" };
  await (await provider.prepare(message({ content })))(beta, soon());
  const [entry] = world.fakes.apns.received.filter(({ token }) => token === beta.token);
  assert.equal(entry?.headers["apns-topic"], "com.example.beta.voip");
});

test("apns: a Live Activity is started, updated and ended as Apple wants it", async () => {
  const provider = world.closeLater(make(world, "one"));
  const contentState = { eta: 4 };
  const changes: LiveActivity[] = [
    { event: "start", attributesType: "Ride", attributes: { ride: 7 }, contentState },
    { event: "update", activity: "ride-7", contentState },
    { event: "end", activity: "ride-7" },
  ];
  for (const liveActivity of changes) {
    const to = { ...newTarget(), token: randomBytes(80).toString("hex") };
    world.fakes.apns.madeFor(to.token, "liveactivity");
    const send = await provider.prepare(message({ content: { title: "T", apple: { liveActivity } } }));
    assert.equal((await send(to, soon())).kind, "accepted", liveActivity.event);
    const [entry] = world.fakes.apns.received.filter(({ token }) => token === to.token);
    assert.equal(entry?.headers["apns-topic"], "com.example.one.push-type.liveactivity");
    assert.equal(entry?.headers["apns-push-type"], "liveactivity");
  }
});

test("apns: a counted badge is each person's own; whom it cannot be counted for keeps the old one", async () => {
  const provider = world.closeLater(make(world, "one"));
  Object.assign(inboxes, { ann: 0, ben: 12 });
  const send = await provider.prepare(message({ content: { title: "T", apple: { badge: "unread" } } }));
  const badges = await Promise.all(
    ["ann", "ben", "cay"].map(async (user) => {
      const to = { ...newTarget(), user };
      assert.equal((await send(to, soon())).kind, "accepted");
      const entry = world.fakes.apns.received.find(({ token }) => token === to.token);
      return (entry?.payload as { aps: { badge?: number } } | undefined)?.aps.badge;
    }),
  );
  assert.deepEqual(badges, [0, 12, undefined]);
});
