import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { JPUSH_CODES } from "../../../../functions/providers/jpush/codes.ts";
import { JPUSH_CLASSES, jpushVerdicts } from "../../../../functions/providers/jpush/outcome.ts";
import {
  jpushAuthorization,
  jpushPayload,
  jpushSizes,
} from "../../../../functions/providers/jpush/payload.ts";
import { isOver } from "../../../../functions/providers/vendor/size.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";

type Blocks = Record<string, Record<string, unknown>>;
const SETTINGS = { apnsProduction: true };

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
const payload = (over: Partial<Message> = {}, settings: object = {}) =>
  jpushPayload(message(over), { ...SETTINGS, ...settings }) as Blocks;

test("Basic authentication: the documents' own example, a plain one, and a group's", () => {
  for (const [key, secret, expected] of [
    [
      "7d431e42dfa6a6d693ac2d04",
      "5e987ac6d2e04d95a9d8f0d1",
      "Basic N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0OjVlOTg3YWM2ZDJlMDRkOTVhOWQ4ZjBkMQ==",
    ],
    ["key", "secret", "Basic a2V5OnNlY3JldA=="],
    ["group-gk", "gs", "Basic Z3JvdXAtZ2s6Z3M="],
  ] as const)
    assert.equal(jpushAuthorization(key, secret), expected);
});

test("one body for Android, iPhones and HarmonyOS", () => {
  const extras = { order: "7", notificationId: "n-1", timestamp: "1700000000000" };
  assert.deepEqual(payload(), {
    platform: "all",
    notification: {
      android: { alert: "你好", title: "标题", extras },
      ios: { alert: { title: "标题", body: "你好" }, extras },
      hmos: { alert: "你好", title: "标题", category: "EXPRESS", extras },
    },
    options: { time_to_live: 600, apns_production: true, classification: 1 },
  });
  const rich = payload({
    content: {
      title: "only",
      tag: "cart",
      badgeCount: 3,
      androidChannelId: "c1",
      thread: "t1",
      mutable: true,
    },
  });
  const { android, ios } = rich["notification"] as Blocks;
  assert.deepEqual([android!["alert"], android!["title"], android!["channel_id"]], ["only", undefined, "c1"]);
  assert.deepEqual([ios!["badge"], ios!["thread-id"], ios!["mutable-content"]], [3, "t1", true]);
  assert.equal(rich["options"]!["apns_collapse_id"], "cart");
});

test("silent messages are data, shown to nobody", () => {
  const { notification, message: data } = payload({
    content: { silent: true, title: "t", data: { a: "b" } },
  });
  assert.deepEqual(Object.keys(notification!), ["ios"]);
  assert.equal((notification!["ios"] as Record<string, unknown>)["content-available"], true);
  assert.equal(JSON.parse(String(data!["msg_content"])).a, "b");
});

test("time to live: seconds, three days at most; the APNs environment is always said", () => {
  for (const [ttlS, expected] of [
    [0, 0],
    [600, 600],
    [9e6, 259_200],
  ] as const)
    assert.equal(payload({ ttlS })["options"]!["time_to_live"], expected);
  assert.equal(payload({}, { apnsProduction: false })["options"]!["apns_production"], false);
});

test("classes by category, and the operator's fields over them", () => {
  const of = (category: string, settings = {}) => {
    const { notification, options } = payload({ category }, settings);
    return [(notification as Blocks)["hmos"]!["category"], options!["classification"]];
  };
  assert.deepEqual(
    ["social", "transactional", "system", "marketing"].map((category) => of(category)),
    [
      ["IM", 1],
      ["EXPRESS", 1],
      ["ACCOUNT", 1],
      ["MARKETING", 0],
    ],
  );
  const settings = {
    categories: {
      marketing: { notification: { hmos: { category: "NEWS" } }, options: { classification: 1 } },
    },
    extra: { options: { classification: 0, third_party_channel: { oppo: { channel_id: "c" } } } },
  };
  assert.deepEqual(of("marketing", settings), ["NEWS", 0], "extra comes last");
  assert.deepEqual(payload({}, settings)["options"]!["third_party_channel"], { oppo: { channel_id: "c" } });
});

test("limits: 4,000 bytes for Android, 2,000 for iPhones", () => {
  const isTooLong = (body: object) => isOver(jpushSizes({ ...body }));
  const withIos = (bytes: number) => ({ notification: { ios: { alert: "x".repeat(bytes - 12) } } });
  const withAndroid = (bytes: number) => ({ notification: { android: { alert: "x".repeat(bytes - 12) } } });
  assert.deepEqual(
    [2_000, 2_001].map((bytes) => isTooLong(withIos(bytes))),
    [false, true],
  );
  assert.deepEqual(
    [4_000, 4_001].map((bytes) => isTooLong(withAndroid(bytes))),
    [false, true],
  );
  assert.equal(isTooLong({ ...withAndroid(3_000), message: { msg_content: "x".repeat(1_000) } }), true);
  assert.equal(isTooLong(payload()), false);
});

const targets = (...tokens: string[]) => tokens.map((token) => ({ token }) as Target);
type Said = {
  status?: number;
  headers?: Record<string, string>;
  json: object;
  to?: Target[];
  codes?: object;
};
const verdict = ({ status = 200, headers = {}, json, to = targets("a", "b"), codes = {} }: Said) =>
  jpushVerdicts(
    { status, headers, json: json as Record<string, unknown> },
    to,
    classifier(JPUSH_CLASSES, codes as Record<string, never>),
    0,
  )[0];

test("the published answers", () => {
  assert.deepEqual(verdict({ json: { sendno: "0", msg_id: "1828" } }), {
    class: "ok",
    code: "accepted",
    providerId: "1828",
  });
  const limited = { error: { code: 2002, message: "Rate limit exceeded" } };
  assert.deepEqual(verdict({ status: 429, headers: { "x-rate-limit-reset": "12" }, json: limited }), {
    class: "throttled",
    code: "2002",
    retryAfterMs: 12_000,
  });
  assert.equal(verdict({ json: {} })?.class, "doubt");
  assert.equal(verdict({ json: { msg_id: "1", error: { code: 1000 } } })?.class, "retry");
});

test("who is not known is said of one registration id alone, never of a whole request", () => {
  const nobody = {
    status: 400,
    json: { error: { code: 1011, message: "cannot find user by this audience" } },
  };
  assert.deepEqual(verdict({ ...nobody, to: targets("a") }), { class: "invalid", code: "unknown_id" });
  assert.deepEqual(verdict(nobody), { class: "suppressed", code: "1011" });
  const wrong = (text: string, to?: Target[]) =>
    verdict({ status: 400, json: { error: { code: 1003, message: text } }, ...(to && { to }) })?.class;
  assert.equal(wrong("The registration_id a is invalid", targets("a")), "invalid");
  assert.equal(wrong("time_to_live is invalid", targets("a")), "payload", "no token is to blame for that");
  assert.equal(wrong("The registration_id a is invalid"), "payload");
});

test("the operator's classes win over ours; every code has its sentence", () => {
  const json = { error: { code: 2006 } };
  assert.equal(verdict({ status: 403, json })?.class, "config");
  assert.equal(verdict({ status: 403, json, codes: { "2006": "payload" } })?.class, "payload");
  for (const code of Object.values(JPUSH_CLASSES).flat())
    assert.ok(String(code) in JPUSH_CODES, String(code));
});
