import assert from "node:assert/strict";
import { test } from "node:test";
import type { WebhookCredentials } from "../../functions/core/credentials/webhook.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Target } from "../../functions/core/dispatch/provider.ts";
import { WEBHOOK_FORMATS } from "../../functions/core/recipient/address.ts";
import type { Fault } from "../../local/fakes/faults.ts";
import { contractSuite } from "./contract-suite.ts";
import { message, soon } from "./provider-world.ts";
import { CREDENTIALS, fresh, keyOf, make, subject } from "./webhook-subject.ts";

contractSuite(subject);
const { world } = subject;
let made: ReturnType<typeof make> | undefined;
const provider = () => (made ??= world().closeLater(make(world(), CREDENTIALS)));

const makeLater = (credentials: WebhookCredentials) => world().closeLater(make(world(), credentials));
const sendTo = async (to: Target, over: Partial<Message> = {}, ms?: number): Promise<Outcome> =>
  (await provider().prepare(message(over)))(to, soon(ms));
const receivedBy = ({ token }: Target) =>
  world().fakes.webhook.received.filter((entry) => entry.token === token);
const fault = (more: Omit<Fault, "provider">) => world().fakes.faults.set({ provider: "webhook", ...more });

for (const format of WEBHOOK_FORMATS)
  test(`webhook: ${format} takes what it is sent, one request each`, async () => {
    const content = {
      title: "Hallo <at>",
      body: "Grüße 你好 😀 & @channel",
      url: "https://e.com/?a=1&b=(2)",
    };
    const to = fresh(format);
    assert.deepEqual(await sendTo(to, { content }), { kind: "accepted", status: 200 });
    const [entry, ...others] = receivedBy(to);
    assert.deepEqual(others, []);
    assert.match(entry?.headers["content-type"] ?? "", /^application\/json/);
    assert.ok(JSON.stringify(entry?.payload).includes("Grüße 你好 😀"));
  });

test("webhook: a server verifies the signature, by the old key too while it is replaced", async () => {
  const [old, current] = [keyOf(1), keyOf(2)];
  const rotating = makeLater({ secret: current, previous: old });
  const send = await rotating.prepare(message());
  const outcomes = [];
  for (const secrets of [[old], [current], [keyOf(3), current], [keyOf(3)]]) {
    const to = fresh("standard");
    world().fakes.webhook.secrets.set(to.token, ...secrets);
    outcomes.push((await send(to, soon())).kind);
    assert.equal(receivedBy(to)[0]?.headers["webhook-id"], to.messageId);
  }
  assert.deepEqual(outcomes, ["accepted", "accepted", "accepted", "rejected"]);
});

test("webhook: a repetition carries the same id, and each person's own name", async () => {
  const send = await provider().prepare(message());
  const to = fresh("standard", { user: "ann" });
  const other = fresh("standard", { user: "ben" });
  for (const one of [to, to, other]) await send(one, soon());
  const ids = receivedBy(to).map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(ids, [to.messageId, to.messageId]);
  const userOf = (one: Target) =>
    (receivedBy(one)[0]?.payload as { data: { user: string } } | undefined)?.data.user;
  assert.deepEqual([userOf(to), userOf(other)], ["ann", "ben"]);
});

for (const format of ["feishu", "dingtalk"] as const)
  test(`webhook: ${format} checks the robot's own signature, hours of its clock included`, async () => {
    const secret = "SEC0123456789";
    const [good, bad, none] = [fresh(format, { secret }), fresh(format, { secret: "other" }), fresh(format)];
    for (const { token } of [good, bad, none]) world().fakes.webhook.secrets.set(token, secret);
    const refused = format === "feishu" ? "feishu_19021" : "dingtalk_310000";
    assert.equal((await sendTo(good)).kind, "accepted");
    for (const to of [bad, none])
      assert.deepEqual(await sendTo(to), { kind: "rejected", status: 200, reason: refused });
    world().move(5 * 3_600_000);
    assert.equal((await sendTo(good)).kind, "accepted");
  });

test("webhook: a host that hangs holds its own requests up to their deadline, and nobody else's", async () => {
  const hanging = Array.from({ length: 80 }, () => fresh("standard")); // more than one host's connections
  for (const { token } of hanging) fault({ kind: "silent", token });
  const send = await provider().prepare(message());
  const startMs = performance.now();
  let stillHeld = true;
  const held = Promise.all(hanging.map((to) => send(to, soon(3_000))));
  void held.then(() => {
    stillHeld = false;
  });
  const others = await Promise.all(
    (["slack", "discord", "telegram"] as const).map((format) => send(fresh(format), soon(3_000))),
  );
  assert.deepEqual(
    others.map(({ kind }) => kind),
    ["accepted", "accepted", "accepted"],
  );
  assert.ok(stillHeld, "they were answered while the other host hung");
  const kinds = new Set((await held).map(({ kind }) => kind));
  assert.ok(performance.now() - startMs < 10_000, "the deadline is each request's, not the line's");
  assert.deepEqual(kinds, new Set(["unknown", "retry"]), "what had no connection never left");
});

test("webhook: 300 at once to all hosts, one request each, on kept connections", async () => {
  world().fakes.webhook.latencyMs = 10;
  const before = world().fakes.webhook.received.length;
  const send = await provider().prepare(message());
  const targets = Array.from({ length: 300 }, (_, n) => fresh(WEBHOOK_FORMATS[n % WEBHOOK_FORMATS.length]!));
  const outcomes = await Promise.all(targets.map((to) => send(to, soon(10_000))));
  assert.deepEqual(
    outcomes.filter(({ kind }) => kind !== "accepted"),
    [],
  );
  const tokens = world()
    .fakes.webhook.received.slice(before)
    .map(({ token }) => token);
  assert.deepEqual(new Set(tokens), new Set(targets.map(({ token }) => token)));
  assert.equal(tokens.length, 300);
});

test("webhook: without a bot nothing goes to Telegram, and that is the operator's", async () => {
  const botless = makeLater({ secret: keyOf(1) });
  const to = fresh("telegram");
  const outcome = await (await botless.prepare(message()))(to, soon());
  assert.deepEqual(outcome, { kind: "misconfigured", reason: "no_telegram_bot" });
  const bad = { ...to, token: "../getMe" };
  assert.deepEqual(await sendTo(bad), { kind: "rejected", reason: "bad_chat" });
});

test("webhook: what has nothing to show is refused without a request", async () => {
  const to = fresh("slack");
  assert.deepEqual(await sendTo(to, { content: { data: { a: "b" } } }), {
    kind: "rejected",
    reason: "nothing_to_say",
  });
  assert.deepEqual(receivedBy(to), []);
});
