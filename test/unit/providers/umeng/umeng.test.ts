import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { UMENG_CODES } from "../../../../functions/providers/umeng/codes.ts";
import { UMENG_CLASSES, umengVerdicts } from "../../../../functions/providers/umeng/outcome.ts";
import {
  expireTime,
  umengBody,
  umengPayload,
  umengSign,
  umengSizes,
} from "../../../../functions/providers/umeng/payload.ts";
import { isOver } from "../../../../functions/providers/vendor/size.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";

type Blocks = Record<string, Record<string, unknown>>;
const NOW_MS = Date.parse("2026-11-21T15:59:30Z");

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
const made = (over: Partial<Message> = {}, settings = {}) =>
  umengPayload(message(over), { production: true, ...settings }, NOW_MS) as Blocks;

test("signatures: vectors", () => {
  const send = "https://msgapi.umeng.com/api/send";
  const broadcast =
    '{"appkey":"k1","timestamp":"1700000000000","type":"broadcast","payload":{"display_type":"notification","body":{"ticker":"标题","title":"标题","text":"你好","after_open":"go_app"}}}';
  assert.equal(Buffer.byteLength(broadcast), 186);
  for (const [url, body, expected] of [
    [
      send,
      '{"appkey":"k1","timestamp":"1700000000","type":"unicast","device_tokens":"Aabc","payload":{"display_type":"message","body":{"custom":"hi"}}}',
      "c0e3eb628fdebc629b0bf92388fce45b",
    ],
    [send, broadcast, "8af8db0cf519afe66f6af1f5d5ca0d92"],
    [
      "https://msgapi.umeng.com/api/status",
      '{"appkey":"k1","timestamp":"1700000000","task_id":"us00001"}',
      "2822c0cfed812c46e36910d0a11fb833",
    ],
  ] as const)
    assert.equal(umengSign(url, body, "ms1"), expected);
});

test("a notification: three texts, where it leads, its data, how long it waits", () => {
  assert.deepEqual(made(), {
    payload: {
      display_type: "notification",
      body: { ticker: "标题", title: "标题", text: "你好", after_open: "go_app" },
      extra: { order: "7", notificationId: "n-1", timestamp: "1700000000000" },
    },
    policy: { expire_time: "2026-11-22 00:09:30" },
    production_mode: "true",
    description: "n-1",
  });
  const url = "https://x.example/";
  const { body } = made({ content: { body: "only", url, image: "https://x.example/i.png" } })["payload"]!;
  assert.deepEqual(body, {
    ticker: "only",
    title: "only",
    text: "only",
    after_open: "go_url",
    url,
    img: "https://x.example/i.png",
  });
  const silent = made({ content: { silent: true, title: "t", data: { a: "b" } } })["payload"]!;
  assert.equal(silent["display_type"], "message");
  assert.equal((silent["body"] as Blocks)["custom"]!["a"], "b");
});

test("time to live: a minute to seven days, as a time in China", () => {
  for (const [ttlS, expected] of [
    [0, "2026-11-22 00:00:30"],
    [60, "2026-11-22 00:00:30"],
    [86_400, "2026-11-22 23:59:30"],
    [9e6, "2026-11-28 23:59:30"],
  ] as const)
    assert.equal(expireTime(ttlS, NOW_MS), expected);
});

test("one device or a list of them, with the request's own time", () => {
  const read = (tokens: string[]) =>
    JSON.parse(
      umengBody({ a: 1, appkey: "no" }, { appKey: "k1", tokens, nowMs: 1_700_000_000_999 }),
    ) as object;
  const common = { a: 1, appkey: "k1", timestamp: "1700000000" };
  assert.deepEqual(read(["t1"]), { ...common, type: "unicast", device_tokens: "t1" });
  assert.deepEqual(read(["t1", "t2"]), { ...common, type: "listcast", device_tokens: "t1,t2" });
});

test("the limit: 1,840 bytes of payload, what the operator adds among them", () => {
  const ofBytes = (bytes: number) => isOver(umengSizes({ payload: { b: "x".repeat(bytes - 8) } }));
  assert.deepEqual([ofBytes(1_840), ofBytes(1_841)], [false, true]);
  assert.equal(
    isOver(umengSizes(made({}, { extra: { payload: { extra: { long: "x".repeat(1_840) } } } }))),
    true,
  );
});

test("the operator's fields win, for one category and for all", () => {
  const settings = {
    categories: { marketing: { channel_properties: { vivo_category: "MARKETING" }, mipush: "false" } },
    extra: { mipush: "true", mi_activity: "com.example.Main" },
  };
  const marketing = made({ category: "marketing" }, settings);
  assert.deepEqual(marketing["channel_properties"], { vivo_category: "MARKETING" });
  assert.equal(marketing["mipush"], "true", "extra comes last");
  assert.equal(made({}, settings)["channel_properties"], undefined);
  assert.equal(made({}, { production: false })["production_mode"], "false");
});

const targets = ["a", "b"].map((token) => ({ token }) as Target);
const verdicts = (status: number, json: object, codes = {}) =>
  umengVerdicts(
    { status, headers: {}, json: json as Record<string, unknown> },
    targets,
    classifier(UMENG_CLASSES, codes),
    0,
  );
const failed = (code: string) => ({ ret: "FAIL", data: { error_code: code, error_msg: "…" } });

test("the published answers, for all targets alike", () => {
  const ok = { class: "ok", code: "SUCCESS", providerId: "uu1" };
  assert.deepEqual(verdicts(200, { ret: "SUCCESS", data: { msg_id: "uu1" } }), [ok, ok]);
  assert.equal(verdicts(200, { ret: "SUCCESS", data: { task_id: "us1" } })[0]?.providerId, "us1");
  const wrongSign = { class: "config", code: "2027" };
  assert.deepEqual(verdicts(400, failed("2027")), [wrongSign, wrongSign]);
  assert.deepEqual(verdicts(200, {})[0], { class: "doubt", code: "status_200" });
  assert.equal(verdicts(502, { ret: "SUCCESS" })[0]?.class, "retry", "a proxy's status counts more");
});

test("no answer of Umeng's removes a token", () => {
  for (const code of Object.values(UMENG_CLASSES).flat())
    assert.notEqual(verdicts(400, failed(String(code)))[0]?.class, "invalid");
});

test("the operator's classes win over ours; every code has its sentence, in one class alone", () => {
  assert.equal(verdicts(400, failed("2050"), { "2050": "quota" })[0]?.class, "quota");
  assert.equal(verdicts(400, failed("2099"), { "2099": "retry" })[0]?.class, "retry");
  const codes = Object.values(UMENG_CLASSES).flat();
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(String(code) in UMENG_CODES, String(code));
});
