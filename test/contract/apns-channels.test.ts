import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import type { Content } from "../../functions/core/notification/content.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { type ApnsChannels, apnsChannels } from "../../functions/providers/apns/channels.ts";
import type { Fault } from "../../local/fakes/fakes.ts";
import { message, soon, startWorld, target } from "./provider-world.ts";

const BUNDLE_ID = "com.example.channels";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const [teamId, keyId] = ["TEAM123456", "CHANNELS00"];
const credentials = {
  teamId,
  keyId,
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  bundleId: BUNDLE_ID,
  environment: "production",
} as const;

let world: Awaited<ReturnType<typeof startWorld>>;
let channels: ApnsChannels;
let provider: ReturnType<typeof apnsProvider>;
before(async () => {
  world = await startWorld();
  const bundleIds = [BUNDLE_ID, "com.example.bare"];
  world.fakes.apns.trust({ teamId, keyId, publicKey, bundleIds });
  world.fakes.apns.channels.withhold("com.example.bare");
  const { open, tokens, now } = world;
  const common = { app: "channels", credentials, open, tokens, now };
  channels = world.closeLater(apnsChannels(common));
  provider = world.closeLater(apnsProvider({ ...common, unread: async () => undefined }));
});
after(() => world.close());
afterEach(() => world.fakes.faults.clear());

const deadline = (ms?: number) => soon(ms).deadlineMs;
const made = async (storage: "none" | "latest", environment?: "sandbox"): Promise<string> => {
  const reply = await channels.create({ environment }, storage, deadline());
  assert.ok("done" in reply, JSON.stringify(reply));
  return reply.done;
};
const UPDATE: Content = { apple: { liveActivity: { event: "update", contentState: { score: 1 } } } };
const broadcast = async (channel: string, over: object = {}, content = UPDATE) => {
  const send = await provider.prepare(message({ content, priority: "normal" }));
  return send(target({ kind: "apnsChannel", token: channel, user: "", device: "", ...over }), soon());
};

test("apns channels: created, listed and deleted, each environment by itself", async () => {
  const [here, there] = [await made("none"), await made("latest", "sandbox")];
  assert.deepEqual(await channels.list({}, deadline()), { done: [here] });
  assert.deepEqual(await channels.list({ environment: "sandbox" }, deadline()), { done: [there] });
  assert.deepEqual(await channels.remove({}, here, deadline()), { done: undefined });
  assert.deepEqual(await channels.list({}, deadline()), { done: [] });
  const again = await channels.remove({}, here, deadline());
  assert.deepEqual(again, { failed: { kind: "rejected", status: 400, reason: "ChannelNotRegistered" } });
  await channels.remove({ environment: "sandbox" }, there, deadline());
});

test("apns channels: a long list is read to its end", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 500; n++) ids.push(await made("none"));
  assert.deepEqual(await channels.list({}, deadline()), { done: ids });
});

test("apns channels: what Apple refuses has its reason; what is not known to be done is in doubt", async () => {
  const failure = async (place: object, fault?: Omit<Fault, "provider">, ms?: number) => {
    if (fault) world.fakes.faults.set({ provider: "apns", ...fault });
    const reply = await channels.list(place, deadline(ms));
    world.fakes.faults.clear();
    return "failed" in reply ? reply.failed : undefined;
  };
  assert.deepEqual(await failure({ bundleId: "com.example.bare" }), {
    kind: "misconfigured",
    status: 400,
    reason: "FeatureNotEnabled",
  });
  assert.equal((await failure({ bundleId: "com.example.strangers" }))?.reason, "TopicMismatch");
  assert.equal((await failure({}, { status: 429, reason: "TooManyRequests" }))?.kind, "throttled");
  assert.equal((await failure({}, { status: 503, reason: "Shutdown" }))?.kind, "retry");
  assert.equal((await failure({}, { kind: "drop" }))?.kind, "unknown");
  assert.equal((await failure({}, { kind: "silent" }, 300))?.kind, "unknown");
  assert.deepEqual(await failure({}, { kind: "garbage" }), { kind: "unknown", reason: "no_outcome" });
});

test("apns: a broadcast names its channel and stores nothing unless it is told to", async () => {
  const [none, latest] = [await made("none"), await made("latest")];
  const entryOf = (token: string) => world.fakes.apns.received.findLast((entry) => entry.token === token);
  assert.deepEqual(await broadcast(none), { kind: "accepted", status: 200 });
  const { headers, payload } = entryOf(none)!;
  assert.equal(headers[":path"], `/4/broadcasts/apps/${BUNDLE_ID}`);
  assert.equal(headers["apns-channel-id"], none);
  assert.equal(headers["apns-push-type"], "liveactivity");
  assert.equal(headers["apns-priority"], "5");
  assert.equal(headers["apns-expiration"], "0");
  assert.equal(headers["apns-topic"], undefined);
  assert.deepEqual((payload as { aps: Record<string, unknown> }).aps["content-state"], { score: 1 });
  assert.equal((await broadcast(latest, { stored: true })).kind, "accepted");
  assert.ok(Number(entryOf(latest)?.headers["apns-expiration"]) > Date.now() / 1_000);
  assert.equal((await broadcast(latest)).kind, "accepted");
});

test("apns: what Apple refuses of a broadcast is the message's fault; there is no token to take away", async () => {
  const none = await made("none");
  const reasonOf = async (...sent: Parameters<typeof broadcast>) => {
    const { kind, reason } = await broadcast(...sent);
    return `${kind} ${reason}`;
  };
  assert.equal(await reasonOf(none, { stored: true }), "rejected BadExpirationDate");
  assert.equal(await reasonOf(none, { environment: "sandbox" }), "rejected ChannelNotRegistered");
  assert.equal(await reasonOf("AAAA"), "rejected ChannelNotRegistered");
  assert.equal(await reasonOf("!"), "rejected BadChannelId");
  assert.equal(await reasonOf(none, { bundleId: "com.example.bare" }), "misconfigured FeatureNotEnabled");
  const filled = (bytes: number): Content => ({
    apple: { liveActivity: { event: "update", contentState: { filler: "x".repeat(bytes) } } },
  });
  assert.equal((await broadcast(none, {}, filled(5_000))).kind, "accepted", "a kilobyte more than a device");
  const asked = world.fakes.apns.received.length;
  assert.equal(await reasonOf(none, {}, filled(5_100)), "rejected payload_too_large");
  assert.equal(world.fakes.apns.received.length, asked, "Apple was asked");
  world.fakes.faults.set({ provider: "apns", token: none, status: 410, reason: "Unregistered", times: 1 });
  assert.equal(await reasonOf(none), "rejected Unregistered");
});

test("apns channels: an expired token is renewed, and shared with the senders", async () => {
  await channels.list({}, deadline());
  world.move(30 * 60_000);
  world.fakes.faults.set({ provider: "apns", status: 403, reason: "ExpiredProviderToken", times: 1 });
  assert.ok("done" in (await channels.list({}, deadline())));
  const keys = [...world.tokens.entries.keys()];
  assert.deepEqual(
    keys.filter((key) => key.startsWith("channels#apns#")).length,
    1,
    "senders and management share one token",
  );
});
