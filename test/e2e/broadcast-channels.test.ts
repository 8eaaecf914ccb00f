import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, makeApp, startWorld, type TestApp, type World } from "./harness.ts";

/** Apple's broadcast channels: Clarion makes them, sends on them and deletes them; who follows is Apple's to know. */
let world: World;
let app: TestApp;

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "channels");
});
after(() => world.close());

const CHANNELS = "/v1/apns/channels";
const live = (liveActivity: object, more: object = {}) => ({ ...more, apple: { liveActivity } });
const UPDATE = { event: "update", contentState: { score: "1:0" } };

async function create(input: object): Promise<string> {
  const { channel } = await app.api.ok("POST", CHANNELS, input);
  return String(channel);
}
const remove = (channel: string, more: Record<string, string> = {}) =>
  app.api.call("DELETE", `${CHANNELS}?${new URLSearchParams({ channel, ...more })}`);

/** What the fake APNs received of one notification. */
async function send(to: object, content: object, more: object = {}) {
  const already = world.fakes.apns.received.length;
  const sent = await app.api.ok("POST", "/v1/notifications", { to, content, ...more });
  const { totals } = await ended(app, sent["id"]);
  return { id: sent["id"], totals, received: world.fakes.apns.received.slice(already) };
}

test("a channel is created, listed, sent on and deleted", async () => {
  const created = await app.api.ok("POST", CHANNELS, { storage: "none" });
  const channel = String(created["channel"]);
  const place = { bundleId: `com.example.${app.id}`, environment: "production" };
  assert.deepEqual(created, { channel, storage: "none", ...place });
  assert.deepEqual(await app.api.ok("GET", CHANNELS), { channels: [channel], ...place });

  const updated = await send({ apnsChannel: channel }, live(UPDATE, { title: "Goal" }));
  assert.equal(updated.totals["accepted"], 1);
  assert.equal(updated.received.length, 1, "one request, whoever follows");
  const [{ headers, payload }] = updated.received as [(typeof updated.received)[0]];
  assert.equal(headers["apns-channel-id"], channel);
  assert.equal(headers["apns-push-type"], "liveactivity");
  assert.equal(headers["apns-expiration"], "0");
  assert.equal(headers["apns-priority"], "10");
  const { aps } = payload as { aps: Record<string, unknown> };
  assert.deepEqual([aps["event"], aps["content-state"]], ["update", { score: "1:0" }]);
  const over = await send({ apnsChannel: channel }, live({ event: "end" }), { priority: "normal" });
  assert.equal(over.received[0]?.headers["apns-priority"], "5");

  assert.equal((await remove(channel)).status, 204);
  assert.deepEqual((await app.api.ok("GET", CHANNELS))["channels"], []);
  assert.equal((await remove(channel)).status, 404);
  const late = await send({ apnsChannel: channel }, live(UPDATE));
  assert.deepEqual([late.totals["accepted"], late.totals["failed"]], [0, 1]);
  assert.equal(late.received[0]?.reason, "ChannelNotRegistered");
});

test("the sandbox has channels of its own, and one that stores keeps its message", async () => {
  const channel = await create({ storage: "latest", environment: "sandbox" });
  const there = await app.api.ok("GET", `${CHANNELS}?environment=sandbox`);
  assert.deepEqual(there["channels"], [channel]);
  assert.deepEqual((await app.api.ok("GET", CHANNELS))["channels"], []);
  const to = { apnsChannel: channel, environment: "sandbox", stored: true };
  const { totals, received } = await send(to, live(UPDATE));
  assert.equal(totals["accepted"], 1);
  assert.ok(Number(received[0]?.headers["apns-expiration"]) > 0);
  assert.equal((await remove(channel, { environment: "sandbox" })).status, 204);
});

test("what Apple refuses is told with its reason; wrong input by its field", async () => {
  const call = (method: string, path: string, body?: object) => app.api.call(method, path, body);
  const refused = await call("GET", `${CHANNELS}?bundleId=com.example.stranger`);
  assert.equal(refused.status, 422);
  assert.match(String(refused.body["detail"]), /TopicMismatch/);
  world.fakes.faults.set({ provider: "apns", status: 503, reason: "Shutdown", times: 1 });
  assert.equal((await call("GET", CHANNELS)).status, 503);
  world.fakes.faults.clear();
  const pointerOf = async (...given: Parameters<typeof call>) => {
    const { status, body } = await call(...given);
    assert.equal(status, 400);
    return (body["errors"] as { pointer: string }[])[0]?.pointer;
  };
  assert.equal(await pointerOf("POST", CHANNELS, { storage: "all" }), "/storage");
  assert.equal(await pointerOf("DELETE", `${CHANNELS}?channel=no`), "/channel");
  assert.equal(await pointerOf("GET", `${CHANNELS}?environment=test`), "/environment");
  const sending = (to: object, content: object) => pointerOf("POST", "/v1/notifications", { to, content });
  assert.equal(await sending({ apnsChannel: "no" }, live(UPDATE)), "/to/apnsChannel");
  assert.equal(await sending({ apnsChannel: "YWJj" }, { title: "t" }), "/content/apple/liveActivity");
});
