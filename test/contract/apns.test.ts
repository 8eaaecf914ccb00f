import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { credentials, make, newTarget, subject, unread } from "./apns-subject.ts";
import { providerSuite } from "./provider-suite.ts";
import { message, soon, target } from "./provider-world.ts";

const { world } = providerSuite(subject);

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
