import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { HONOR_CODES } from "../../../../functions/providers/honor/codes.ts";
import { HONOR_CLASSES, honorVerdicts } from "../../../../functions/providers/honor/outcome.ts";
import { honorPayload } from "../../../../functions/providers/honor/payload.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";

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
type Android = { ttl: string; notification?: Record<string, unknown> };
const androidOf = (over: Partial<Message>, settings = {}) =>
  honorPayload(message(over), settings)["android"] as Android;

test("what is shown is said twice, has an importance and leads somewhere; ttl is a text of seconds", () => {
  const { data, ...body } = honorPayload(message(), {});
  assert.deepEqual(body, {
    notification: { title: "标题", body: "你好" },
    android: {
      ttl: "600s",
      biTag: "n-1",
      notification: {
        title: "标题",
        body: "你好",
        importance: "NORMAL",
        clickAction: { type: 3 },
        notifyId: (body["android"] as Android).notification!["notifyId"],
      },
    },
  });
  assert.deepEqual(JSON.parse(String(data)), {
    order: "7",
    notificationId: "n-1",
    timestamp: "1700000000000",
  });
});

test("silent messages are data alone; links open; ttl stays within fifteen days; badges need their class", () => {
  const silent = honorPayload(message({ content: { silent: true, data: { a: "b" } } }), {});
  assert.ok(!("notification" in silent) && !("notification" in (silent["android"] as object)));
  const content = { title: "t", url: "https://x.example/", badgeCount: 120 };
  const link = androidOf({ content, ttlS: 9e6 }, { badgeClass: "com.example.Main" });
  assert.equal(link.ttl, "1296000s");
  assert.deepEqual(link.notification!["clickAction"], { type: 2, url: "https://x.example/" });
  assert.deepEqual(link.notification!["badge"], { setNum: 99, badgeClass: "com.example.Main" });
  assert.equal(androidOf({ content, ttlS: 0 }).ttl, "1s");
  assert.equal(androidOf({ content }).notification!["badge"], undefined);
});

test("advertising is LOW and without its image, whoever says so", () => {
  const content = { title: "t", image: "https://x.example/a.png" };
  const of = (category: string, settings = {}) => {
    const { importance, image } = androidOf({ content, category }, settings).notification!;
    return [importance, image];
  };
  assert.deepEqual(of("social"), ["NORMAL", content.image]);
  assert.deepEqual(of("marketing"), ["LOW", undefined]);
  const settings = { categories: { social: { notification: { importance: "LOW" } } } };
  assert.deepEqual(of("social", settings), ["LOW", undefined]);
});

test("the operator's fields win, for one category and for all", () => {
  const settings = {
    categories: { transactional: { notification: { group: "orders" } } },
    extra: { android: { targetUserType: 1 } },
  };
  const android = androidOf({}, settings) as Record<string, unknown>;
  assert.equal(android["targetUserType"], 1);
  assert.equal((android["notification"] as Record<string, unknown>)["group"], "orders");
  assert.equal(androidOf({ category: "social" }, settings).notification!["group"], undefined);
});

const targets = ["T1", "T2", "T3"].map((token) => ({ token }) as Target);
const verdicts = (json: Record<string, unknown>, own = {}, status = 200) =>
  honorVerdicts({ status, headers: {}, json }, targets, classifier(HONOR_CLASSES, own), 0).map(
    ({ class: kind, code }) => `${kind} ${code}`,
  );

test("Honor's own example: expired tokens are told by name", () => {
  const said =
    '{"code":200,"message":"success","data":{"sendResult":true,"requestId":"r1","failTokens":[],"expireTokens":["T2"]}}';
  assert.deepEqual(verdicts(JSON.parse(said)), ["ok 200", "invalid expired", "ok 200"]);
});

test("failed tokens may be tried again after 200, and are dead where the answer is partly good", () => {
  const data = { sendResult: true, failTokens: ["T1"], expireTokens: ["T3"] };
  assert.deepEqual(verdicts({ code: 200, data }), ["retry failed", "ok 200", "invalid expired"]);
  const partly = verdicts({ code: 80100000, data });
  assert.deepEqual(partly, ["invalid 80100000", "ok 80100000", "invalid expired"]);
});

test("an answer that takes the request and names nothing is in doubt", () => {
  const doubt = "doubt no_result";
  assert.deepEqual(verdicts({ code: 200, data: { sendResult: false } }), [doubt, doubt, doubt]);
  assert.deepEqual(verdicts({}), new Array(3).fill("doubt status_200"));
});

test("the operator's classes win; every code has its sentences", () => {
  assert.deepEqual(verdicts({ code: 503 }, { 503: "retry" }), new Array(3).fill("retry 503"));
  for (const code of Object.values(HONOR_CLASSES).flat()) assert.ok(String(code) in HONOR_CODES, `${code}`);
});
