import assert from "node:assert/strict";
import { test } from "node:test";
import type { VapidPair } from "../../functions/core/credentials/webpush.ts";
import type { Message } from "../../functions/core/dispatch/provider.ts";
import { providerSuite } from "./provider-suite.ts";
import { message, soon } from "./provider-world.ts";
import { make, newPair, pairOf, providerWith, subject, targetOf } from "./webpush-subject.ts";

const { world } = providerSuite(subject);

const received = (endpoint: string) =>
  world().fakes.webpush.received.filter(({ token }) => token === endpoint);

test("webpush: the browser decrypts what was meant for it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = targetOf(world(), pairOf("one"));
  const content = { title: "Hallo", body: "Grüße 你好", tag: "t", badgeIcon: "https://example.com/b.png" };
  const send = await provider.prepare(message({ content, priority: "low" }));
  assert.equal((await send(to, soon())).kind, "accepted");
  const [entry] = received(to.token);
  assert.deepEqual(entry?.payload, {
    title: "Hallo",
    body: "Grüße 你好",
    badge: "https://example.com/b.png",
    tag: "t",
    notificationId: "n-1",
    timestamp: 1_750_000_000_000,
  });
  assert.equal(entry?.headers["urgency"], "low");
  assert.equal(entry?.headers["ttl"], "3600");
  assert.match(entry?.headers["topic"] ?? "", /^[\w-]{32}$/);
});

test("webpush: Safari gets the declarative form too, as long as there is room for it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [firefox, safari] = [targetOf(world(), pairOf("one")), targetOf(world(), pairOf("one"), "safari")];
  const url = "https://example.com/orders/7";
  const sent = async (content: Message["content"]) => {
    const send = await provider.prepare(message({ content }));
    for (const to of [firefox, safari]) assert.equal((await send(to, soon())).kind, "accepted");
    return [firefox, safari].map(({ token }) => received(token).at(-1)?.payload as Record<string, unknown>);
  };
  const [flat, declared] = await sent({ title: "Short", url });
  const { web_push, notification, mutable, ...rest } = declared ?? {};
  assert.equal(web_push, 8030);
  assert.equal((notification as { navigate: string }).navigate, url);
  assert.equal(mutable, true);
  assert.deepEqual(rest, flat);
  const [long, alike] = await sent({ title: "Long", body: "x".repeat(3_000), url });
  assert.deepEqual(alike, long, "said twice it would be longer than 3,993 bytes");
});

test("webpush: without a tag there is no topic, and the header is signed once for hours", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const headers = [];
  for (const moveMs of [0, 3_600_000, 6 * 3_600_000]) {
    world().move(moveMs);
    const to = targetOf(world(), pairOf("one"));
    await (await provider.prepare(message()))(to, soon());
    headers.push(received(to.token)[0]?.headers);
  }
  assert.equal(headers[0]?.["topic"], undefined);
  assert.equal(headers[0]?.["authorization"], headers[1]?.["authorization"]);
  assert.notEqual(headers[1]?.["authorization"], headers[2]?.["authorization"]);
});

test("webpush: a refused token is replaced when it is an hour old, once; with two pairs the pair is looked for first", async () => {
  const [old, current] = [newPair(), newPair()];
  const single = world().closeLater(providerWith(world(), current));
  const rotated = world().closeLater(providerWith(world(), { ...current, previous: old }));
  const statuses = async (provider: typeof single, pair: VapidPair) => {
    const to = targetOf(world(), pair);
    const { kind } = await (await provider.prepare(message()))(to, soon());
    return [kind, ...received(to.token).map(({ status }) => status)];
  };
  for (const provider of [single, rotated])
    assert.deepEqual(await statuses(provider, current), ["accepted", 201]);
  assert.deepEqual(await statuses(rotated, old), ["accepted", 403, 201]);
  world().fakes.webpush.expireTokens();
  assert.deepEqual(await statuses(single, current), ["misconfigured", 401], "young: every token is refused");
  world().move(3_600_000);
  assert.deepEqual(await statuses(single, current), ["accepted", 401, 201]);
  assert.deepEqual(await statuses(single, current), ["accepted", 201]);
  assert.deepEqual(await statuses(rotated, old), ["accepted", 401, 401, 403, 201]);
  assert.deepEqual(await statuses(rotated, old), ["accepted", 403, 201]);
  assert.deepEqual(await statuses(single, newPair()), ["misconfigured", 403], "somebody else's subscription");
});

test("webpush: after a rotation, subscriptions of the previous key pair still work", async () => {
  const [old, current] = [newPair(), newPair()];
  const provider = world().closeLater(providerWith(world(), { ...current, previous: old }));
  const [before, after] = [targetOf(world(), old), targetOf(world(), current)];
  const send = await provider.prepare(message());
  for (const to of [before, after, before]) assert.equal((await send(to, soon())).kind, "accepted");
  assert.deepEqual(
    received(before.token).map(({ status }) => status),
    [403, 201, 201],
  );
  assert.deepEqual(
    received(after.token).map(({ status }) => status),
    [201],
  );
});

test("webpush: a subscription of a key pair that is gone is a wrong configuration, asked twice at most", async () => {
  const provider = world().closeLater(providerWith(world(), { ...newPair(), previous: newPair() }));
  const to = targetOf(world(), newPair());
  const outcome = await (await provider.prepare(message()))(to, soon());
  assert.deepEqual(outcome, { kind: "misconfigured", status: 403, reason: "VapidPkHashMismatch" });
  assert.equal(received(to.token).length, 2);
});

test("webpush: an ended subscription is gone for sure", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = targetOf(world(), pairOf("one"));
  world().fakes.webpush.unsubscribe(to.token);
  const outcome = await (await provider.prepare(message()))(to, soon());
  assert.deepEqual(outcome, { kind: "gone", status: 410, reason: "Gone" });
});

test("webpush: keys that are none, and endpoints of nobody, never reach the wire", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = await provider.prepare(message());
  const to = targetOf(world(), pairOf("one"));
  const p256dh = Buffer.alloc(65, 4).toString("base64url");
  const bad = { ...to, keys: { p256dh, auth: to.keys?.auth ?? "" } };
  assert.deepEqual(await send(bad, soon()), { kind: "rejected", reason: "bad_subscription_keys" });
  const elsewhere = { ...to, token: "https://127.0.0.1;.push.apple.com/x" };
  assert.deepEqual(await send(elsewhere, soon()), { kind: "rejected", reason: "endpoint_refused" });
  assert.deepEqual(received(to.token), []);
});

test("webpush: a UnifiedPush distributor is sent to once the operator has allowed its host, and not before", async () => {
  const to = targetOf(world(), pairOf("one"), "unifiedPush");
  const sent = async (hosts: readonly string[]) => {
    const provider = world().closeLater(providerWith(world(), pairOf("one"), hosts));
    return (await (await provider.prepare(message()))(to, soon())).kind;
  };
  assert.equal(await sent([]), "rejected");
  assert.deepEqual(received(to.token), []);
  assert.equal(await sent(["unifiedpush.example"]), "accepted");
  assert.equal(received(to.token).length, 1);
});
