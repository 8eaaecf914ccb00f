import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import type { WebhookCredentials } from "../../functions/core/credentials/webhook.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Target } from "../../functions/core/dispatch/provider.ts";
import { WEBHOOK_FORMATS, type WebhookFormat } from "../../functions/core/recipient/address.ts";
import { webhookProvider } from "../../functions/providers/webhook/webhook.ts";
import type { Fault } from "../../local/fakes/faults.ts";
import { message, soon, startWorld, target } from "./provider-suite.ts";

const keyOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`;
const CREDENTIALS: WebhookCredentials = {
  secret: keyOf(1),
  telegramBotToken: `123456:${"A".repeat(35)}`,
};

let world: Awaited<ReturnType<typeof startWorld>>;
let provider: ReturnType<typeof make>;
const make = (credentials = CREDENTIALS) =>
  world.closeLater(webhookProvider({ app: "a", credentials, open: world.open, now: world.now }));

before(async () => {
  world = await startWorld();
  provider = make();
});
after(() => world.close());
afterEach(() => {
  world.fakes.faults.clear();
  world.fakes.webhook.latencyMs = 0;
});

const URLS: Record<Exclude<WebhookFormat, "telegram">, (id: string) => string> = {
  standard: (id) => `https://hooks.receiver.example/in/${id}?tenant=1`,
  slack: (id) => `https://hooks.slack.com/services/T0/B0/${id}`,
  discord: (id) => `https://discord.com/api/webhooks/1/${id}`,
  feishu: (id) => `https://open.feishu.cn/open-apis/bot/v2/hook/${id}`,
  dingtalk: (id) => `https://oapi.dingtalk.com/robot/send?access_token=${id}`,
  wecom: (id) => `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${id}`,
};

/** A target that nobody has been sent to yet. */
function fresh(format: WebhookFormat, over: Partial<Target> = {}): Target {
  const id = randomBytes(9).toString("hex");
  const token = format === "telegram" ? `-100${BigInt(`0x${id}`) % 10n ** 12n}` : URLS[format](id);
  return target({ kind: "webhook", device: "~webhook", token, format, ...over });
}

const sendTo = async (to: Target, over: Partial<Message> = {}, ms?: number): Promise<Outcome> =>
  (await provider.prepare(message(over)))(to, soon(ms));
const receivedBy = ({ token }: Target) =>
  world.fakes.webhook.received.filter((entry) => entry.token === token);
const fault = (more: Omit<Fault, "provider">) => world.fakes.faults.set({ provider: "webhook", ...more });

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
  const rotating = make({ secret: current, previous: old });
  const send = await rotating.prepare(message());
  const outcomes = [];
  for (const secrets of [[old], [current], [keyOf(3), current], [keyOf(3)]]) {
    const to = fresh("standard");
    world.fakes.webhook.secrets.set(to.token, ...secrets);
    outcomes.push((await send(to, soon())).kind);
    assert.equal(receivedBy(to)[0]?.headers["webhook-id"], to.messageId);
  }
  assert.deepEqual(outcomes, ["accepted", "accepted", "accepted", "rejected"]);
});

test("webhook: a repetition carries the same id, and each person's own name", async () => {
  const send = await provider.prepare(message());
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
    for (const { token } of [good, bad, none]) world.fakes.webhook.secrets.set(token, secret);
    const refused = format === "feishu" ? "feishu_19021" : "dingtalk_310000";
    assert.equal((await sendTo(good)).kind, "accepted");
    for (const to of [bad, none])
      assert.deepEqual(await sendTo(to), { kind: "rejected", status: 200, reason: refused });
    world.move(5 * 3_600_000);
    assert.equal((await sendTo(good)).kind, "accepted");
  });

test("webhook: statuses become outcomes, whatever is at the other end", async () => {
  const cases: [Pick<Fault, "status" | "retryAfterS">, Outcome["kind"], number?][] = [
    [{ status: 410 }, "gone"],
    [{ status: 400 }, "rejected"],
    [{ status: 302 }, "rejected"],
    [{ status: 307 }, "rejected"],
    [{ status: 429 }, "throttled", 60_000],
    [{ status: 429, retryAfterS: 5 }, "throttled", 5_000],
    [{ status: 500 }, "retry"],
    [{ status: 503, retryAfterS: 9 }, "retry", 9_000],
  ];
  for (const format of WEBHOOK_FORMATS)
    for (const [told, kind, retryAfterMs] of cases) {
      const to = fresh(format);
      fault({ token: to.token, ...told });
      const outcome = await sendTo(to);
      const seen = [outcome.kind, outcome.status, outcome.retryAfterMs];
      assert.deepEqual(
        seen,
        [kind, told.status, retryAfterMs],
        `${format} ${JSON.stringify([told, outcome])}`,
      );
      if (told.status === 302 || told.status === 307) assert.equal(outcome.reason, "redirect_refused");
      assert.equal(receivedBy(to).length, 1);
      world.fakes.faults.clear();
    }
});

test("webhook: each one's own words", async () => {
  const cases: [WebhookFormat, Pick<Fault, "status" | "reason" | "retryAfterS">, Partial<Outcome>][] = [
    ["standard", { status: 404 }, { kind: "rejected", reason: "status_404" }],
    ["slack", { status: 404, reason: "no_service" }, { kind: "gone", reason: "slack_no_service" }],
    ["slack", { status: 403, reason: "action_prohibited" }, { kind: "rejected" }],
    ["slack", { status: 410, reason: "channel_is_archived" }, { kind: "gone" }],
    ["discord", { status: 404, reason: "10015" }, { kind: "gone", reason: "discord_10015" }],
    ["discord", { status: 429, retryAfterS: 0.65 }, { kind: "throttled", retryAfterMs: 650 }],
    ["telegram", { status: 401 }, { kind: "misconfigured", reason: "bad_bot_token" }],
    ["telegram", { status: 404, reason: "Not Found" }, { kind: "misconfigured", reason: "bad_bot_token" }],
    [
      "telegram",
      { status: 403, reason: "Forbidden: bot was blocked by the user" },
      { kind: "gone", reason: "bot_unwanted" },
    ],
    ["telegram", { status: 400, reason: "Bad Request: chat not found" }, { kind: "rejected" }],
    ["telegram", { status: 429, retryAfterS: 11 }, { kind: "throttled", retryAfterMs: 11_000 }],
    ["feishu", { reason: "19024" }, { kind: "rejected", reason: "feishu_19024" }],
    ["feishu", { reason: "11232" }, { kind: "throttled", retryAfterMs: 10_000 }],
    ["feishu", { reason: "19001" }, { kind: "gone" }],
    ["dingtalk", { reason: "130101" }, { kind: "throttled", retryAfterMs: 600_000 }],
    ["dingtalk", { reason: "-1" }, { kind: "retry", reason: "dingtalk_m1" }],
    ["dingtalk", { reason: "400106" }, { kind: "gone" }],
    ["wecom", { reason: "45009" }, { kind: "throttled", retryAfterMs: 60_000 }],
    ["wecom", { reason: "93000" }, { kind: "gone", reason: "wecom_93000" }],
    ["wecom", { reason: "12345" }, { kind: "rejected", reason: "wecom_12345" }],
  ];
  for (const [format, told, expected] of cases) {
    const to = fresh(format);
    fault({ token: to.token, ...told });
    const outcome = await sendTo(to);
    assert.deepEqual({ ...outcome, ...expected }, outcome, `${format} ${JSON.stringify([told, outcome])}`);
    world.fakes.faults.clear();
  }
});

test("webhook: garbage, ten megabytes and endless bodies are cut, and what the status says counts", async () => {
  const bodies = ["garbage", "huge", "endless"] as const;
  const cases = WEBHOOK_FORMATS.flatMap((format) =>
    bodies.flatMap((kind) => [503, undefined].map((status) => ({ format, kind, status }))),
  );
  for (const { format, kind, status } of cases) {
    const to = fresh(format);
    fault({ kind, token: to.token, ...(status && { status }) });
    const startMs = performance.now();
    const outcome = await sendTo(to, {}, 400);
    const yes = ["feishu", "dingtalk", "wecom"].includes(format) ? "unknown" : "accepted";
    const told = `${format} ${kind} ${status}: ${JSON.stringify(outcome)}`;
    assert.equal(outcome.kind, status === 503 ? "retry" : yes, told);
    assert.ok(performance.now() - startMs < 1_500, told);
    world.fakes.faults.clear();
  }
  assert.equal((await sendTo(fresh("standard"))).kind, "accepted");
});

for (const kind of ["drop", "loseAnswer"] as const)
  test(`webhook: ${kind}: a request that left without an answer is in doubt, and is not sent twice`, async () => {
    const to = fresh("standard");
    fault({ kind, token: to.token });
    assert.equal((await sendTo(to)).kind, "unknown");
    assert.equal(receivedBy(to).length, kind === "loseAnswer" ? 1 : 0);
    assert.equal((await sendTo(fresh("standard"))).kind, "accepted", "the next one goes through");
  });

test("webhook: a slow answer and none end at the deadline", async () => {
  for (const kind of ["slow", "silent"] as const) {
    const to = fresh("standard");
    fault({ kind, delayMs: 3_000, token: to.token });
    const startMs = performance.now();
    assert.deepEqual(await sendTo(to, {}, 300), { kind: "unknown", reason: "deadline_exceeded" });
    assert.ok(performance.now() - startMs < 1_500);
    world.fakes.faults.clear();
  }
});

test("webhook: a host that hangs holds its own requests up to their deadline, and nobody else's", async () => {
  const hanging = Array.from({ length: 80 }, () => fresh("standard")); // more than one host's connections
  for (const { token } of hanging) fault({ kind: "silent", token });
  const send = await provider.prepare(message());
  const startMs = performance.now();
  const held = Promise.all(hanging.map((to) => send(to, soon(1_500))));
  const others = await Promise.all(
    (["slack", "discord", "telegram"] as const).map((format) => send(fresh(format), soon(1_500))),
  );
  assert.deepEqual(
    others.map(({ kind }) => kind),
    ["accepted", "accepted", "accepted"],
  );
  assert.ok(performance.now() - startMs < 1_400, "they were answered while the other host hung");
  const kinds = new Set((await held).map(({ kind }) => kind));
  assert.ok(performance.now() - startMs < 3_000, "the deadline is each request's, not the line's");
  assert.deepEqual(kinds, new Set(["unknown", "retry"]), "what had no connection never left");
});

test("webhook: a host that refuses connections is a retry, and is found again", async () => {
  provider = make();
  fault({ kind: "refuse" });
  assert.equal((await sendTo(fresh("standard"))).kind, "retry");
  world.fakes.faults.clear();
  assert.equal((await sendTo(fresh("standard"))).kind, "accepted");
});

test("webhook: 300 at once to all hosts, one request each, on kept connections", async () => {
  world.fakes.webhook.latencyMs = 10;
  const before = world.fakes.webhook.received.length;
  const send = await provider.prepare(message());
  const targets = Array.from({ length: 300 }, (_, n) => fresh(WEBHOOK_FORMATS[n % WEBHOOK_FORMATS.length]!));
  const outcomes = await Promise.all(targets.map((to) => send(to, soon(10_000))));
  assert.deepEqual(
    outcomes.filter(({ kind }) => kind !== "accepted"),
    [],
  );
  const tokens = world.fakes.webhook.received.slice(before).map(({ token }) => token);
  assert.deepEqual(new Set(tokens), new Set(targets.map(({ token }) => token)));
  assert.equal(tokens.length, 300);
});

test("webhook: without a bot nothing goes to Telegram, and that is the operator's", async () => {
  const botless = make({ secret: keyOf(1) });
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
