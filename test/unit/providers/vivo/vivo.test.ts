import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";
import { vivoSign } from "../../../../functions/providers/vivo/access.ts";
import { VIVO_CODES } from "../../../../functions/providers/vivo/codes.ts";
import { VIVO_CLASSES, vivoVerdict, vivoVerdicts } from "../../../../functions/providers/vivo/outcome.ts";
import { isOperations, vivoPayload } from "../../../../functions/providers/vivo/payload.ts";

const message = (over: Partial<Message> = {}): Message => ({
  app: "shop",
  notificationId: "n-1",
  content: { title: "标题", body: "你好", data: { order: "7" } },
  category: "transactional",
  priority: "high",
  createdAtMs: 1_700_000_000_000,
  expiresAtMs: 1_700_000_600_000,
  ttlS: 600,
  ...over,
});
const payload = (over: Partial<Message> = {}, settings = {}) => vivoPayload(message(over), settings);

test("signatures (vectors)", () => {
  const vectors = [
    [
      "10004",
      "25509283-3767-4b9e-83fe-b6e55ac6243e",
      1_700_000_000_000,
      "secret-A",
      "a92a596a19a9d7a73ce043d17becdef7",
    ],
    ["100012345", "k-abc", 1_763_661_600_123, "5e8f-秘", "4e2c429c92d1eac67c0ad9d287e09872"],
    ["1", "2", 3, "4", "81dc9bdb52d04dc20036dbd8313ed055"],
  ] as const;
  for (const [appId, appKey, timestampMs, appSecret, sign] of vectors)
    assert.equal(vivoSign({ appId, appKey, appSecret }, timestampMs), sign);
});

test("what is shown: its texts, class and category, a life in seconds, and the app's data", () => {
  const { notifyId, ...rest } = payload();
  assert.deepEqual(rest, {
    notifyType: 4,
    title: "标题",
    content: "你好",
    timeToLive: 600,
    skipType: 1,
    networkType: -1,
    classification: 1,
    category: "ORDER",
    pushMode: 0,
    clientCustomMap: { order: "7", notificationId: "n-1", timestamp: "1700000000000" },
    foregroundShow: true,
    sendOnline: false,
  });
  assert.ok(Number(notifyId) >= 0 && Number(notifyId) < 2 ** 31);
});

test("classes and their categories; only operations keep to the day", () => {
  const of = (category: string, priority: "high" | "low" = "high") => {
    const made = payload({ category, priority });
    return [made["classification"], made["category"], isOperations(made)];
  };
  assert.deepEqual(of("social"), [1, "IM", false]);
  assert.deepEqual(of("system"), [1, "ACCOUNT", false]);
  assert.deepEqual(of("marketing"), [0, "MARKETING", true]);
  assert.deepEqual(of("own"), [1, "ORDER", false]);
  assert.deepEqual(of("own", "low"), [0, "MARKETING", true]);
});

test("texts are cut at 40 and 100 characters; one stands for the other where it is missing", () => {
  const long = payload({ content: { title: "👍".repeat(60), body: "标".repeat(200) } });
  assert.deepEqual([[...String(long["title"])].length, [...String(long["content"])].length], [40, 100]);
  const body = payload({ content: { body: "only" } });
  assert.deepEqual([body["title"], body["content"]], ["only", "only"]);
});

test("life: a minute at least, a day at most", () => {
  assert.deepEqual(
    [0, 59, 61, 9e6].map((ttlS) => payload({ ttlS })["timeToLive"]),
    [60, 60, 61, 86_400],
  );
});

test("links open up to 1,024 characters; a longer one is left to the app", () => {
  const link = (url: string) => {
    const { skipType, skipContent, clientCustomMap } = payload({ content: { title: "t", url } });
    return [skipType, skipContent, (clientCustomMap as Record<string, unknown>)["url"]];
  };
  assert.deepEqual(link("https://x.example/"), [2, "https://x.example/", undefined]);
  const long = `https://x.example/${"x".repeat(1_024)}`;
  assert.deepEqual(link(long), [1, undefined, long]);
});

test("the operator's classification and extra fields win, for one category and for all", () => {
  const settings = {
    categories: { transactional: { classification: 0, category: "NEWS" } },
    extra: { pushMode: 1, extra: { "callback.id": "cb1" } },
  };
  const made = payload({}, settings);
  assert.deepEqual([made["category"], isOperations(made), made["pushMode"]], ["NEWS", true, 1]);
  assert.deepEqual(made["extra"], { "callback.id": "cb1" });
  assert.equal(payload({ category: "social" }, settings)["category"], "IM");
});

const targets = ["R1", "R2"].map((token) => ({ token }) as Target);
const verdicts = (json: Record<string, unknown>, to = targets, own = {}) =>
  vivoVerdicts({ status: 200, headers: {}, json }, to, {
    classOf: classifier(VIVO_CLASSES, own),
    nowMs: 0,
    taskId: "t",
  }).map(({ class: kind, code, providerId }) => [kind, code, providerId ?? ""].join(" ").trim());

test("vivo's own examples: a bad id by its code, of a list by name", () => {
  assert.deepEqual(verdicts({ result: 10302, desc: "regId不合法" }), ["invalid 10302", "invalid 10302"]);
  const list = { result: 0, desc: "请求成功", requestId: "m1", invalidUsers: [{ status: 1, userid: "R2" }] };
  assert.deepEqual(verdicts(list), ["ok 0 t", "invalid user_1"]);
  const alone = { result: 0, taskId: "own", invalidUser: { userid: "R1", status: 2 } };
  assert.deepEqual(verdicts(alone, targets.slice(0, 1)), ["invalid user_2"]);
  assert.deepEqual(verdicts({ result: 0, taskId: "own" }, targets.slice(0, 1)), ["ok 0 own"]);
});

test("an unknown state of a user is no reason to forget the token; the operator's classes win", () => {
  const list = { result: 0, invalidUsers: [{ status: 9, userid: "R1" }, { userid: "R2" }, null] };
  assert.deepEqual(verdicts(list), ["suppressed user_other", "suppressed user_other"]);
  const own = { user_other: "invalid", 10072: "retry" };
  assert.deepEqual(verdicts(list, targets, own), ["invalid user_other", "invalid user_other"]);
  assert.deepEqual(verdicts({ result: 10072 }, targets, own), ["retry 10072", "retry 10072"]);
});

test("closed hours: until seven in the morning, or later when it is day already", () => {
  const waitAt = (china: string) =>
    vivoVerdict(
      { status: 200, headers: {}, json: { result: 10071 } },
      { classOf: classifier(VIVO_CLASSES), nowMs: Date.parse(`${china}+08:00`) },
    ).retryAfterMs;
  assert.equal(waitAt("2026-11-21T06:30:00"), 30 * 60_000);
  assert.equal(waitAt("2026-11-21T12:00:00"), 15 * 60_000);
});

test("every code has its sentences, in English and Chinese", () => {
  for (const code of [...Object.values(VIVO_CLASSES).flat(), "user_1", "user_2", "user_4", "user_other"])
    assert.ok(String(code) in VIVO_CODES, `${code}`);
});
