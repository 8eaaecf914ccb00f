import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { MI_CODES } from "../../../../functions/providers/mi/codes.ts";
import { miHost } from "../../../../functions/providers/mi/mi.ts";
import { MI_CLASSES, miVerdicts } from "../../../../functions/providers/mi/outcome.ts";
import { miFields } from "../../../../functions/providers/mi/payload.ts";
import { encoded } from "../../../../functions/providers/vendor/client.ts";
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
const packageName = "com.example.app";
const fieldsOf = (over: Partial<Message> = {}, settings = {}) =>
  miFields(message(over), { packageName, ...settings });

test("the form is encoded once (vector)", () => {
  const form = {
    registration_id: "r1,r2",
    title: "标题",
    description: "你好 a&b",
    payload: '{"k":"v"}',
    "extra.channel_id": "104551",
  };
  const [text, type] = encoded({ form });
  assert.equal(
    text,
    "registration_id=r1%2Cr2&title=%E6%A0%87%E9%A2%98&description=%E4%BD%A0%E5%A5%BD+a%26b&payload=%7B%22k%22%3A%22v%22%7D&extra.channel_id=104551",
  );
  assert.equal(type, "application/x-www-form-urlencoded;charset=UTF-8");
});

test("what is shown: its texts, a life in milliseconds, an id and a key that phones take once", () => {
  const { payload, notify_id: id, "extra.jobkey": jobkey, ...rest } = fieldsOf();
  assert.deepEqual(rest, {
    restricted_package_name: packageName,
    pass_through: "0",
    time_to_live: "600000",
    title: "标题",
    description: "你好",
    notify_type: "-1",
    "extra.notify_foreground": "1",
    "extra.notify_effect": "1",
  });
  assert.deepEqual(JSON.parse(payload!), { order: "7", notificationId: "n-1", timestamp: "1700000000000" });
  assert.ok(Number(id) >= 0 && Number(id) < 2 ** 31);
  assert.match(jobkey!, /^[0-9a-f]{20}$/);
  assert.equal(fieldsOf()["extra.jobkey"], jobkey);
  assert.notEqual(fieldsOf({ notificationId: "n-2" })["extra.jobkey"], jobkey);
});

test("texts are cut at 49 and 127 characters; one stands for the other where it is missing", () => {
  const long = fieldsOf({ content: { title: "👍".repeat(60), body: "标".repeat(200) } });
  assert.deepEqual([[...long["title"]!].length, [...long["description"]!].length], [49, 127]);
  const body = fieldsOf({ content: { body: "only" } });
  assert.deepEqual([body["title"], body["description"]], ["only", "only"]);
});

test("life: at least a second; a day for public messages, ten for private ones", () => {
  const life = (category: string, ttlS: number) => fieldsOf({ category, ttlS })["time_to_live"];
  assert.deepEqual(
    [life("marketing", 9e6), life("social", 9e6), life("social", 0)],
    ["86400000", "864000000", "1000"],
  );
});

test("links open where Mi's extra has room for them; silent messages pass through", () => {
  const link = (url: string) => {
    const fields = fieldsOf({ content: { title: "t", url } });
    return [fields["extra.notify_effect"], fields["extra.web_uri"]];
  };
  assert.deepEqual(link("https://x.example/"), ["3", "https://x.example/"]);
  assert.deepEqual(link(`https://x.example/${"x".repeat(900)}`), ["1", undefined]);
  const silent = fieldsOf({ content: { silent: true, data: { a: "b" } } });
  assert.deepEqual([silent["pass_through"], silent["title"]], ["1", undefined]);
});

test("the operator's channel, template and extra fields; the template takes the message's words", () => {
  const settings = {
    categories: {
      transactional: {
        "extra.channel_id": 104551,
        "extra.template_id": "T1",
        "extra.template_param": { what: "{title}👍", order: "{data.order}" },
      },
    },
    extra: { notify_type: 1 },
  };
  const fields = fieldsOf({}, settings);
  assert.equal(fields["extra.channel_id"], "104551");
  assert.equal(fields["extra.template_param"], '{"what":"标题","order":"7"}');
  assert.equal(fields["notify_type"], "1");
  assert.equal(fieldsOf({ category: "social" }, settings)["extra.channel_id"], undefined);
});

test("regions and their hosts", () => {
  assert.deepEqual((["cn", "global", "ru", "idmb", "fr", "sgp"] as const).map(miHost), [
    "api.xmpush.xiaomi.com",
    "api.xmpush.global.xiaomi.com",
    "ru-api.xmpush.global.xiaomi.com",
    "idmb-api.xmpush.global.xiaomi.com",
    "fr-api.xmpush.global.xiaomi.com",
    "sgp-api.xmpush.global.xiaomi.com",
  ]);
});

const targets = ["r1", "r2"].map((token) => ({ token }) as Target);
const verdicts = (json: Record<string, unknown>, to = targets, own = {}, status = 200) =>
  miVerdicts({ status, headers: {}, json }, to, classifier(MI_CLASSES, own), 0).map(
    ({ class: kind, code }) => `${kind} ${code}`,
  );

test("Xiaomi's own examples: bad ids are told by name; a wrong secret by its code", () => {
  const taken = { result: "ok", trace_id: "x", code: 0, data: { id: "slm1", bad_regids: "r2" } };
  assert.deepEqual(verdicts(taken), ["ok 0", "invalid bad_regid"]);
  const refused = { result: "error", reason: "Invalid application credential.", code: 21301 };
  assert.deepEqual(verdicts(refused), ["config 21301", "config 21301"]);
});

test("send failed: a token alone is bad, several may be sent again", () => {
  assert.deepEqual(verdicts({ code: 20301 }, targets.slice(0, 1)), ["invalid 20301"]);
  assert.deepEqual(verdicts({ code: 20301 }), ["retry 20301", "retry 20301"]);
  assert.deepEqual(verdicts({ code: 20301 }, targets.slice(0, 1), { 20301: "payload" }), ["payload 20301"]);
});

test("a good code under a failing status is no acceptance; the operator's classes win", () => {
  assert.deepEqual(verdicts({ code: 0 }, targets, {}, 503), ["retry 0", "retry 0"]);
  assert.deepEqual(verdicts({ code: 66007 }, targets, { 66007: "retry" }), ["retry 66007", "retry 66007"]);
  for (const code of Object.values(MI_CLASSES).flat()) assert.ok(String(code) in MI_CODES, `${code}`);
});
