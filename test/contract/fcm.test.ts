import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { fcmProvider } from "../../functions/providers/fcm/fcm.ts";
import { credentials, make, newTarget, subject } from "./fcm-subject.ts";
import { providerSuite } from "./provider-suite.ts";
import { message, soon, target } from "./provider-world.ts";

const { world } = providerSuite(subject);

async function sendFrom(provider: ReturnType<typeof make>, over: Parameters<typeof target>[0] = {}) {
  const to = { ...newTarget(), ...over };
  const outcome = await (await provider.prepare(message()))(to, soon());
  return { outcome, to };
}

test("fcm: environments share one access token, renewed ahead", async () => {
  const environments = [1, 2].map(() => world().closeLater(make(world(), "shared")));
  const before = world().fakes.fcm.tokensIssued();
  const [first, second] = environments;
  assert.ok(first && second);
  assert.equal((await sendFrom(first)).outcome.kind, "accepted");
  assert.equal((await sendFrom(second)).outcome.kind, "accepted");
  assert.equal(world().fakes.fcm.tokensIssued() - before, 1);
  world().move(51 * 60_000);
  for (const provider of environments) assert.equal((await sendFrom(provider)).outcome.kind, "accepted");
  assert.equal(world().fakes.fcm.tokensIssued() - before, 2);
});

test("fcm: a refused access token is renewed and the message sent again", async () => {
  const provider = world().closeLater(make(world(), "revoked"));
  await sendFrom(provider);
  world().move(60_000);
  const before = world().fakes.fcm.tokensIssued();
  world().fakes.faults.set({ provider: "fcm", status: 401, reason: "UNAUTHENTICATED", times: 1 });
  assert.equal((await sendFrom(provider)).outcome.kind, "accepted");
  assert.equal(world().fakes.fcm.tokensIssued() - before, 1);
});

test("fcm: a service account that Google refuses is a wrong configuration", async () => {
  const { open, tokens, now } = world();
  const good = credentials(world(), "stranger");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const provider = world().closeLater(
    fcmProvider({ app: "stranger", credentials: { ...good, private_key: pem }, open, tokens, now }),
  );
  const { outcome } = await sendFrom(provider);
  assert.deepEqual(outcome, { kind: "misconfigured", status: 400, reason: "invalid_grant" });
});

test("fcm: an installation id travels as fid, a registration token as token", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const token = randomBytes(16).toString("base64url");
  const { outcome } = await sendFrom(provider, { kind: "fcmFid", token });
  assert.equal(outcome.kind, "accepted");
  const entry = world().fakes.fcm.received.find((received) => received.token === token);
  assert.ok(entry);
  const sent = (entry.payload as { message: Record<string, unknown> }).message;
  assert.equal(sent["fid"], token);
  assert.equal(sent["token"], undefined);
});

test("fcm: 500 at once, each with its own answer", async () => {
  const provider = world().closeLater(make(world(), "many"));
  const content = {
    title: "Many",
    fcm: {
      apns: { headers: { "apns-priority": "5" }, payload: { aps: { "content-available": 1 } } },
      webpush: { fcm_options: { link: "https://example.com/" } },
      analyticsLabel: "many",
    },
  };
  const send = await provider.prepare(message({ content }));
  const targets = Array.from({ length: 500 }, newTarget);
  const [gone, bad, later] = [3, 250, 499];
  for (const [position, status] of [
    [gone, 404],
    [bad, 400],
    [later, 503],
  ] as const)
    world().fakes.faults.set({ provider: "fcm", token: targets[position]!.token, status });
  const outcomes = await Promise.all(targets.map((to) => send(to, soon(20_000))));
  const others = outcomes.flatMap(({ kind }, position) => (kind === "accepted" ? [] : [[position, kind]]));
  assert.deepEqual(others, [
    [gone, "gone"],
    [bad, "rejected"],
    [later, "retry"],
  ]);
});

test("fcm: a block that FCM does not know is the message's fault, not the token's", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const content = { title: "T", fcm: { apns: { aps: { badge: 1 } } } };
  const outcome = await (await provider.prepare(message({ content })))(newTarget(), soon());
  assert.deepEqual(outcome, { kind: "rejected", status: 400, reason: "INVALID_ARGUMENT" });
});

test("fcm: a topic or a condition is one request, handed on to those who follow", async () => {
  const provider = world().closeLater(make(world(), "topics"));
  const { topics, received } = world().fakes.fcm;
  await sendFrom(provider);
  const [ann, ben] = [newTarget().token, newTarget().token];
  (topics.subscribers("project-topics", "news") as Set<string>).add(ann).add(ben);
  (topics.subscribers("project-topics", "vip") as Set<string>).add(ben);
  const send = await provider.prepare(message());
  const before = received.length;
  const to = (kind: "fcmTopic" | "fcmCondition", token: string) =>
    send(target({ kind, token, user: "", device: "" }), soon());
  assert.equal((await to("fcmTopic", "news")).kind, "accepted");
  assert.equal((await to("fcmCondition", "'news' in topics && !('vip' in topics)")).kind, "accepted");
  assert.equal((await to("fcmTopic", "nobody")).kind, "accepted");
  const entries = received.slice(before);
  assert.deepEqual(
    entries.map(({ reached }) => reached),
    [[ann, ben], [ann], []],
  );
  const fields = entries.map(({ payload }) => (payload as { message: Record<string, unknown> }).message);
  assert.deepEqual(
    fields.map(({ topic, condition, token }) => [topic, condition, token]),
    [
      ["news", undefined, undefined],
      [undefined, "'news' in topics && !('vip' in topics)", undefined],
      ["nobody", undefined, undefined],
    ],
  );
  for (const { android, apns, webpush } of fields) {
    const { tag } = (android as { notification: { tag: string } }).notification;
    assert.deepEqual(apns, { headers: { "apns-collapse-id": tag } });
    assert.deepEqual(webpush, { notification: { tag } });
  }
});

test("fcm: what Google refuses of a topic's message is rejected; there is no token to take away", async () => {
  const provider = world().closeLater(make(world(), "topics"));
  const to = target({ kind: "fcmTopic", token: "news", user: "", device: "" });
  const outcomeOf = async (reason: string, status: number) => {
    world().fakes.faults.set({ provider: "fcm", token: "news", status, reason, times: 1 });
    return (await provider.prepare(message()))(to, soon());
  };
  assert.deepEqual(await outcomeOf("UNREGISTERED", 404), {
    kind: "rejected",
    status: 404,
    reason: "UNREGISTERED",
  });
  assert.equal((await outcomeOf("QUOTA_EXCEEDED", 429)).kind, "throttled");
  const wrong = { ...to, token: "no blanks" };
  assert.equal((await (await provider.prepare(message()))(wrong, soon())).reason, "INVALID_ARGUMENT");
  const long = message({ content: { title: "t", data: { filler: "x".repeat(2_100) } } });
  const before = world().fakes.fcm.received.length;
  assert.deepEqual(await (await provider.prepare(long))(to, soon()), {
    kind: "rejected",
    reason: "payload_too_large",
  });
  assert.equal(world().fakes.fcm.received.length, before, "Google was asked");
  assert.equal((await (await provider.prepare(long))(newTarget(), soon())).kind, "accepted");
});

test("fcm: no minute, wherever it begins, holds more than Google's 600,000", async () => {
  const provider = world().closeLater(subject.http2.make(world(), "one"));
  const quota = await provider.quota?.();
  assert.ok(quota);
  const touched = Math.ceil(60_000 / quota.windowMs) + 1;
  assert.ok(quota.sends * touched <= 600_000, `${quota.sends} in each of ${touched} windows`);
  assert.ok(quota.sends * (60_000 / quota.windowMs) >= 540_000, "a tenth at most is left unused");
});
