import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { getuiSign } from "../../../../functions/providers/getui/access.ts";
import { GETUI_CODES } from "../../../../functions/providers/getui/codes.ts";
import { GETUI_CLASSES, getuiVerdicts } from "../../../../functions/providers/getui/outcome.ts";
import { addressed, getuiPayload, getuiSizes } from "../../../../functions/providers/getui/payload.ts";
import { isOver } from "../../../../functions/providers/vendor/size.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";

type Blocks = Record<string, Record<string, Record<string, unknown>>>;

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
const payload = (over: Partial<Message> = {}, settings = {}) =>
  getuiPayload(message(over), settings) as Blocks;
const shownOf = (content: Message["content"]) => payload({ content })["push_message"]!["notification"]!;

test("signatures of the token endpoint: vectors", () => {
  for (const [key, timestamp, secret, expected] of [
    [
      "YZkTKbz91l84HyM0TGlb38",
      "1608172111917",
      "master-1",
      "89dc8cb782bd88d9b157c0ca7d5bbf1fb36dbcee748d06da02624924ae7a9c29",
    ],
    [
      "gt-key",
      "1763661600123",
      "gt-master",
      "7cb024cfa9557dc47049c80207273856d27df0fec00e4af6acc4f511868a49f1",
    ],
    ["k", "1", "m", "0e84c1a9816e66b9e7909ac11e81591380a9fcfae20b351ddef9c3368c615c39"],
  ] as const)
    assert.equal(getuiSign(key, timestamp, secret), expected);
});

test("one notification for Getui's own connection and for the phones' vendors", () => {
  const made = payload();
  const { payload: data, ...notification } = made["push_message"]!["notification"]!;
  const id = notification["notify_id"];
  assert.match(String(id), /^\d+$/);
  assert.deepEqual(notification, { title: "标题", body: "你好", notify_id: id, click_type: "payload" });
  assert.deepEqual(JSON.parse(String(data)), {
    order: "7",
    notificationId: "n-1",
    timestamp: "1700000000000",
  });
  const ups = { notification: { title: "标题", body: "你好", notify_id: id, click_type: "startapp" } };
  assert.deepEqual(made["push_channel"], { android: { ups } });
  assert.deepEqual(made["settings"], { ttl: 600_000, strategy: { default: 1 } });
});

test("links, channels, tags; what is silent is data alone", () => {
  const url = "https://x.example/";
  const link = shownOf({ title: "t", url, androidChannelId: "c1" });
  assert.deepEqual([link["click_type"], link["url"], link["channel_id"]], ["url", url, "c1"]);
  assert.equal(
    shownOf({ title: "t", tag: "cart" })["notify_id"],
    payload({ notificationId: "n-2", content: { title: "t", tag: "cart" } })["push_message"]![
      "notification"
    ]!["notify_id"],
  );
  const silent = payload({ content: { silent: true, title: "t", data: { a: "b" } } });
  assert.deepEqual(Object.keys(silent["push_message"]!), ["transmission"]);
  assert.equal(silent["push_channel"], undefined);
});

test("texts are cut to 50 and 256 characters; one stands in for the other; data has 3,072", () => {
  const cut = shownOf({ title: "👍".repeat(51), body: "字".repeat(257) });
  assert.deepEqual([cut["title"], cut["body"]], [`${"👍".repeat(49)}…`, `${"字".repeat(255)}…`]);
  assert.deepEqual([shownOf({ body: "b" })["title"], shownOf({ title: "t" })["body"]], ["b", "t"]);
  const withData = (length: number) =>
    isOver(getuiSizes(message({ content: { title: "t", data: { d: "x".repeat(length) } } })));
  const rest = JSON.stringify({ d: "", notificationId: "n-1", timestamp: "1700000000000" }).length;
  assert.deepEqual([withData(3_072 - rest), withData(3_073 - rest)], [false, true]);
});

test("time to live: milliseconds, three days at most, -1 for who is online", () => {
  for (const [ttlS, ttl] of [
    [0, -1],
    [1, 1_000],
    [9e6, 259_200_000],
  ] as const)
    assert.equal((payload({ ttlS })["settings"] as Record<string, unknown>)["ttl"], ttl);
});

test("each device has an id of its own, the same for the same send", () => {
  const to = (token: string, messageId: string) => ({ token, messageId }) as Target;
  const made = addressed({ a: 1 }, to("cid", "0af76519-16cd-43dd-8448-eb211c80319c"));
  assert.deepEqual(made, {
    a: 1,
    request_id: "0af7651916cd43dd8448eb211c80319c",
    audience: { cid: ["cid"] },
  });
});

test("the operator's fields win, for one category and for all", () => {
  const settings = {
    categories: {
      transactional: { push_message: { notification: { channel_level: 4 } }, settings: { ttl: 5 } },
    },
    extra: {
      settings: { ttl: 9, strategy: { hw: 4 } },
      push_channel: { android: { ups: { options: { VV: { "/classification": 1 } } } } },
    },
  };
  const made = payload({}, settings);
  assert.equal(made["push_message"]!["notification"]!["channel_level"], 4);
  assert.deepEqual(made["settings"], { ttl: 9, strategy: { default: 1, hw: 4 } }, "extra comes last");
  const { ups } = made["push_channel"]!["android"] as Blocks;
  assert.deepEqual(ups!["options"], { VV: { "/classification": 1 } });
  assert.equal(ups!["notification"]!["title"], "标题");
  assert.equal(
    payload({ category: "own" }, settings)["push_message"]!["notification"]!["channel_level"],
    undefined,
  );
});

const targets = (...tokens: string[]) => tokens.map((token) => ({ token }) as Target);
const verdicts = (status: number, json: object, to = targets("CID1"), codes = {}) =>
  getuiVerdicts(
    { status, headers: {}, json: json as Record<string, unknown> },
    to,
    classifier(GETUI_CLASSES, codes),
    0,
  );

test("the published answers", () => {
  const online = { code: 0, msg: "success", data: { RASS_1: { CID1: "successed_online" } } };
  assert.deepEqual(verdicts(200, online), [{ class: "ok", code: "0", providerId: "RASS_1" }]);
  assert.deepEqual(verdicts(400, { code: 20001, msg: "target user is invalid" }), [
    { class: "invalid", code: "unknown_cid" },
  ]);
  assert.deepEqual(verdicts(401, { code: 10001, msg: "token is invalid" }), [
    { class: "auth", code: "10001" },
  ]);
});

test("who is not in the answer is in doubt; whom nobody named is not gone", () => {
  const half = {
    code: 0,
    data: { RASS_1: { CID1: "successed_offline" }, RASS_2: { CID3: "successed_ignore" } },
  };
  assert.deepEqual(
    verdicts(200, half, targets("CID1", "CID2", "CID3")).map((verdict) => verdict.class),
    ["ok", "doubt", "suppressed"],
  );
  for (const data of [undefined, null, "", [], { RASS_1: "CID1" }, { RASS_1: { CID1: { a: 1 } } }])
    assert.deepEqual(verdicts(200, { code: 0, data })[0], { class: "doubt", code: "no_result" });
  const refused = { code: 20001, msg: "target user is invalid" };
  assert.equal(verdicts(400, refused, targets("CID1", "CID2"))[0]?.class, "payload");
  assert.equal(verdicts(400, { code: 20001, msg: "ttl is invalid" })[0]?.class, "payload");
});

test("the operator's classes win over ours; every code has its sentence", () => {
  const ignored = { code: 0, data: { t: { CID1: "successed_ignore" } } };
  assert.equal(verdicts(200, ignored, targets("CID1"), { ignore: "invalid" })[0]?.class, "invalid");
  assert.equal(verdicts(400, { code: 10004 }, targets("CID1"), { "10004": "retry" })[0]?.class, "retry");
  assert.equal(verdicts(403, {})[0]?.class, "config");
  for (const code of Object.values(GETUI_CLASSES).flat())
    assert.ok(code === 0 || String(code) in GETUI_CODES, String(code));
});

test("who is told that the app is another domain's is told what to set", () => {
  const { en, zh } = GETUI_CODES[301];
  for (const text of [en, zh]) assert.match(text, /`host`/);
});
