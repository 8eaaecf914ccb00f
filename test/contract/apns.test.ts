import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { ApnsCredentials } from "../../functions/core/credentials/apns.ts";
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

const make: Subject["make"] = (world, app) => {
  const { open, tokens, now } = world;
  return apnsProvider({ app, credentials: credentials(world, app), open, tokens, now });
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
});

test("apns: a key that Apple does not know is a wrong configuration", async () => {
  const { open, tokens, now } = world();
  const good = credentials(world(), "stranger");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const provider = world().closeLater(
    apnsProvider({ app: "stranger", credentials: { ...good, privateKey: pem }, open, tokens, now }),
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
