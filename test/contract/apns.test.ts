import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { ApnsCredentials } from "../../functions/core/credentials/apns.ts";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import type { LiveActivity } from "../../functions/core/notification/apple.ts";
import type { Content } from "../../functions/core/notification/content.ts";
import { APPLE_TOKEN_TYPES, type AppleTokenType } from "../../functions/core/token-kinds.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { message, providerSuite, type Subject, soon, target, type World } from "./provider-suite.ts";

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = new Map<string, ReturnType<typeof newKey>>();
const keyOf = (app: string) => {
  const known = keys.get(app) ?? newKey();
  keys.set(app, known);
  return known;
};

function credentials({ fakes }: World, app: string): ApnsCredentials {
  const { publicKey, privateKey } = keyOf(app);
  const [teamId, keyId] = ["TEAM123456", app.toUpperCase().padEnd(10, "0")];
  const bundleId = `com.example.${app}`;
  fakes.apns.trust({ teamId, keyId, publicKey, bundleIds: [bundleId] });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { teamId, keyId, privateKey: pem, bundleId, environment: "production" };
}

/** What each person has not read, by name. */
const inboxes: Record<string, number> = {};
const unread = async (_message: unknown, user: string) => inboxes[user];

const make: Subject["make"] = (world, app) => {
  const { open, tokens, now } = world;
  return apnsProvider({ app, credentials: credentials(world, app), open, tokens, now, unread });
};
const newTarget = () =>
  target({ kind: "apns", token: randomBytes(32).toString("hex"), environment: "production" });

const FIFTEEN_MIN_MS = 900_000;
const { world } = providerSuite({
  name: "apns",
  make,
  target: newTarget,
  outcomes: [
    [
      { status: 400, reason: "BadDeviceToken" },
      { kind: "gone", tokenSuspect: true, reason: "BadDeviceToken" },
    ],
    [
      { status: 400, reason: "DeviceTokenNotForTopic" },
      { kind: "gone", tokenSuspect: true },
    ],
    [
      { status: 410, reason: "Unregistered", sinceMs: 1_700_000_000_000 },
      { kind: "gone", sinceMs: 1_700_000_000_000, tokenSuspect: undefined },
    ],
    [
      { status: 410, reason: "ExpiredToken", sinceMs: 5 },
      { kind: "gone", sinceMs: 5 },
    ],
    [{ status: 403, reason: "InvalidProviderToken" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "BadEnvironmentKeyIdInToken" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "BadTopic" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "TopicDisallowed" }, { kind: "misconfigured" }],
    [{ status: 413, reason: "PayloadTooLarge" }, { kind: "rejected" }],
    [
      { status: 429, reason: "TooManyRequests" },
      { kind: "throttled", retryAfterMs: 60_000 },
    ],
    [
      { status: 429, reason: "TooManyRequests", retryAfterS: 90 },
      { kind: "throttled", retryAfterMs: 90_000 },
    ],
    [{ status: 429, reason: "TooManyProviderTokenUpdates" }, { kind: "throttled" }],
    [
      { status: 500, reason: "InternalServerError" },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 503, reason: "ServiceUnavailable", retryAfterS: 5 },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 503, reason: "Shutdown" },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 400, reason: "SomethingNew" },
      { kind: "rejected", reason: "SomethingNew" },
    ],
  ],
});

const bearerOf = (token: string) =>
  world().fakes.apns.received.find((entry) => entry.token === token)?.headers["authorization"];

async function sendFrom(provider: ReturnType<typeof make>, over: Parameters<typeof target>[0] = {}) {
  const to = { ...newTarget(), ...over };
  const outcome = await (await provider.prepare(message()))(to, soon());
  return { outcome, to };
}

test("apns: environments share one token, renewed ahead once, whoever comes first", async () => {
  const environments = [1, 2, 3].map(() => world().closeLater(make(world(), "shared")));
  const bearers = async () => {
    const sent = await Promise.all(environments.map((provider) => sendFrom(provider)));
    assert.deepEqual(
      sent.map(({ outcome }) => outcome.kind),
      ["accepted", "accepted", "accepted"],
    );
    return new Set(sent.map(({ to }) => bearerOf(to.token)));
  };
  const first = await bearers();
  assert.equal(first.size, 1);
  world().move(51 * 60_000);
  const second = await bearers();
  assert.equal(second.size, 1);
  assert.notDeepEqual(first, second);
});

test("apns: an expired token is renewed and the request sent again; a young one is not replaced", async () => {
  const provider = world().closeLater(make(world(), "expiring"));
  const { to } = await sendFrom(provider);
  world().move(30 * 60_000);
  world().fakes.faults.set({ provider: "apns", status: 403, reason: "ExpiredProviderToken", times: 1 });
  const second = await sendFrom(provider);
  assert.equal(second.outcome.kind, "accepted");
  const accepted = world().fakes.apns.received.findLast((entry) => entry.token === second.to.token);
  assert.notEqual(accepted?.headers["authorization"], bearerOf(to.token));
  world().fakes.faults.set({ provider: "apns", status: 403, reason: "ExpiredProviderToken", times: 1 });
  const third = await sendFrom(provider);
  assert.equal(third.outcome.kind, "retry", "a third token within 20 minutes would be refused anyway");
});

test("apns: the sandbox is another host; a token of the wrong environment is suspect", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const token = randomBytes(32).toString("hex");
  world().fakes.apns.sandbox(token);
  assert.equal((await sendFrom(provider, { token, environment: "sandbox" })).outcome.kind, "accepted");
  const wrong = await sendFrom(provider, { token, environment: "production" });
  assert.deepEqual(wrong.outcome, {
    kind: "gone",
    reason: "BadDeviceToken",
    status: 400,
    tokenSuspect: true,
  });
  const hostsAsked = sentTo(token).map(([status]) => status);
  assert.deepEqual(hostsAsked, [200, 400], "its registration names the environment: it is not guessed");
});

const sentTo = (token: string) =>
  world()
    .fakes.apns.received.filter((entry) => entry.token === token)
    .map(({ status, headers }) => [status, headers["apns-id"]]);

test("apns: a token whose registration names no environment is tried once at the other host", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const unnamed = (): Target => target({ kind: "apns", token: randomBytes(32).toString("hex") });
  const send = await provider.prepare(message());
  const [sandboxed, unknown] = [unnamed(), unnamed()];
  world().fakes.apns.sandbox(sandboxed.token);
  assert.equal((await send(sandboxed, soon())).kind, "accepted");
  assert.deepEqual(sentTo(sandboxed.token), [
    [400, sandboxed.messageId],
    [200, sandboxed.messageId],
  ]);
  const refusal = { status: 400, reason: "BadDeviceToken" };
  world().fakes.faults.set({ provider: "apns", token: unknown.token, ...refusal });
  assert.deepEqual(await send(unknown, soon()), { kind: "gone", tokenSuspect: true, ...refusal });
  assert.equal(sentTo(unknown.token).length, 2);
});

test("apns: what the other host may have taken is in doubt", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = target({ kind: "apns", token: randomBytes(32).toString("hex") });
  const fault = { provider: "apns", token: to.token, times: 1 } as const;
  world().fakes.faults.set({ ...fault, status: 400, reason: "BadDeviceToken" });
  world().fakes.faults.set({ ...fault, kind: "loseAnswer" });
  assert.equal((await (await provider.prepare(message()))(to, soon())).kind, "unknown");
});

test("apns: trying the credentials asks their own environment alone", async () => {
  const { open, tokens, now } = world();
  const hosts = new Set<string>();
  const provider = world().closeLater(
    apnsProvider({
      app: "one",
      credentials: credentials(world(), "one"),
      open: (host, ...more) => {
        hosts.add(host);
        return open(host, ...more);
      },
      tokens,
      now,
      unread,
    }),
  );
  assert.equal((await provider.trial!(Date.now() + 5_000)).kind, "accepted");
  assert.deepEqual([...hosts], ["api.push.apple.com"]);
});

test("apns: a key that Apple does not know is a wrong configuration", async () => {
  const { open, tokens, now } = world();
  const good = credentials(world(), "stranger");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const provider = world().closeLater(
    apnsProvider({ app: "stranger", credentials: { ...good, privateKey: pem }, open, tokens, now, unread }),
  );
  world().fakes.apns.latencyMs = 50;
  const before = world().fakes.apns.received.length;
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => sendFrom(provider)));
  assert.deepEqual([...new Set(outcomes.map(({ outcome }) => outcome.kind))], ["misconfigured"]);
  assert.ok(world().fakes.apns.received.length - before <= 2, "not asked for every target");
});

test("apns: what is stored of a token cannot be read without the key", async () => {
  await sendFrom(world().closeLater(make(world(), "sealed")));
  const [, stored] = [...world().tokens.entries].find(([key]) => key.startsWith("sealed#")) ?? [];
  assert.ok(stored);
  assert.doesNotMatch(Buffer.from(stored.sealed, "base64url").toString("latin1"), /bearer|eyJ/);
});

test("apns: headers are what Apple asks for", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = newTarget();
  const send = await provider.prepare(
    message({ priority: "low", ttlS: 0, content: { title: "x", tag: "score" } }),
  );
  await send(to, soon());
  const headers = world().fakes.apns.received.find((entry) => entry.token === to.token)?.headers ?? {};
  assert.equal(headers["apns-id"], to.messageId);
  assert.equal(headers["apns-topic"], "com.example.one");
  assert.equal(headers["apns-collapse-id"], "score");
  assert.equal(headers["apns-priority"], "5");
  assert.equal(headers["apns-expiration"], "0");
  assert.equal(headers["apns-push-type"], "alert");
});

const silent = (pushType: AppleTokenType): Content => ({ silent: true, apple: { pushType } });

test("apns: every push type with the token it is for is accepted; with an ordinary one it is not", async () => {
  const provider = world().closeLater(make(world(), "one"));
  for (const pushType of APPLE_TOKEN_TYPES) {
    const [right, wrong] = [newTarget(), newTarget()];
    world().fakes.apns.madeFor(right.token, pushType);
    world().fakes.apns.madeFor(wrong.token, "alert");
    const send = await provider.prepare(message({ priority: "low", content: silent(pushType) }));
    assert.equal((await send(right, soon())).kind, "accepted", pushType);
    const [entry] = world().fakes.apns.received.filter(({ token }) => token === right.token);
    assert.equal(entry?.headers["apns-push-type"], pushType);
    const outcome = await send(wrong, soon());
    assert.equal(outcome.reason, "DeviceTokenNotForTopic");
    assert.equal(outcome.tokenSuspect, true);
    const ordinary = await (await provider.prepare(message()))(right, soon());
    assert.equal(ordinary.reason, "DeviceTokenNotForTopic", `an alert to a token of ${pushType}`);
  }
});

test("apns: a call may be 5,120 bytes long, and has its suffix behind a device's own bundle id", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const content: Content = { title: "Call", body: "x".repeat(4_700), apple: { pushType: "voip" } };
  const to = newTarget();
  assert.equal((await (await provider.prepare(message({ content })))(to, soon())).kind, "accepted");
  const longer = { ...content, body: "x".repeat(5_100) };
  const refused = await (await provider.prepare(message({ content: longer })))(newTarget(), soon());
  assert.deepEqual(refused, { kind: "rejected", reason: "payload_too_large" });
  const beta = { ...newTarget(), bundleId: "com.example.beta" };
  await (await provider.prepare(message({ content })))(beta, soon());
  const [entry] = world().fakes.apns.received.filter(({ token }) => token === beta.token);
  assert.equal(entry?.headers["apns-topic"], "com.example.beta.voip");
});

test("apns: a Live Activity is started, updated and ended as Apple wants it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const contentState = { eta: 4 };
  const changes: LiveActivity[] = [
    { event: "start", attributesType: "Ride", attributes: { ride: 7 }, contentState },
    { event: "update", activity: "ride-7", contentState },
    { event: "end", activity: "ride-7" },
  ];
  for (const liveActivity of changes) {
    const to = { ...newTarget(), token: randomBytes(80).toString("hex") };
    world().fakes.apns.madeFor(to.token, "liveactivity");
    const send = await provider.prepare(message({ content: { title: "T", apple: { liveActivity } } }));
    assert.equal((await send(to, soon())).kind, "accepted", liveActivity.event);
    const [entry] = world().fakes.apns.received.filter(({ token }) => token === to.token);
    assert.equal(entry?.headers["apns-topic"], "com.example.one.push-type.liveactivity");
    assert.equal(entry?.headers["apns-push-type"], "liveactivity");
  }
});

test("apns: a counted badge is each person's own; whom it cannot be counted for keeps the old one", async () => {
  const provider = world().closeLater(make(world(), "one"));
  Object.assign(inboxes, { ann: 0, ben: 12 });
  const send = await provider.prepare(message({ content: { title: "T", apple: { badge: "unread" } } }));
  const badges = await Promise.all(
    ["ann", "ben", "cay"].map(async (user) => {
      const to = { ...newTarget(), user };
      assert.equal((await send(to, soon())).kind, "accepted");
      const entry = world().fakes.apns.received.find(({ token }) => token === to.token);
      return (entry?.payload as { aps: { badge?: number } } | undefined)?.aps.badge;
    }),
  );
  assert.deepEqual(badges, [0, 12, undefined]);
});
