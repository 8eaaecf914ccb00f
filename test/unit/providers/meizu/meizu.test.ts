import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { MEIZU_CODES } from "../../../../functions/providers/meizu/codes.ts";
import {
  MEIZU_CLASSES,
  MEIZU_DEVICE_CLASSES,
  meizuVerdicts,
} from "../../../../functions/providers/meizu/outcome.ts";
import { isShown, meizuPayload, meizuSign } from "../../../../functions/providers/meizu/payload.ts";
import { classifier } from "../../../../functions/providers/vendor/verdict.ts";

type Blocks = Record<string, Record<string, unknown>>;

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

test("signatures: Meizu's own example and our vectors", () => {
  const readme = {
    appId: "10000",
    pushIds: "RA50c6348036344485d01776773577c64740465480a6b",
    messageJson: '{"title":"title","content":"content","pushTimeInfo":{"offLine":1,"validTime":24}}',
  };
  const chinese = {
    appId: "10000",
    pushIds: "a,b",
    messageJson: '{"noticeBarInfo":{"noticeMsgType":1,"title":"标题","content":"你好"}}',
  };
  for (const [fields, secret, expected] of [
    [readme, "<APP_SECRET>", "ac076ff25d9900015a681cb5172aa53b"],
    [readme, "sec", "cba9b89aa95aadc7c1c0bb0a6007a553"],
    [{ k3: "v3", k1: "v1", k2: "v2" }, "sec", "68f493ecc3ceaa763c28f6cf5305d34f"],
    [chinese, "sec", "64a7159eb98b8efca1f07f6986feb0e0"],
  ] as const)
    assert.equal(meizuSign(fields, secret), expected);
});

test("what is shown, where it leads, how long it waits, and what replaces it", () => {
  assert.deepEqual(meizuPayload(message(), {}), {
    noticeBarInfo: { noticeMsgType: 1, title: "标题", content: "你好" },
    clickTypeInfo: {
      clickType: 0,
      parameters: { order: "7", notificationId: "n-1", timestamp: "1700000000000" },
    },
    pushTimeInfo: { offLine: 1, validTime: 1 },
    advanceInfo: { notifyKey: meizuNotifyKey(message()) },
  });
  const url = "https://x.example/";
  const link = meizuPayload(message({ content: { title: "t", url } }), {}) as Blocks;
  assert.deepEqual([link["clickTypeInfo"]!["clickType"], link["clickTypeInfo"]!["url"]], [2, url]);
});

const meizuNotifyKey = (of: Message) => (meizuPayload(of, {}) as Blocks)["advanceInfo"]!["notifyKey"];

test("the key that replaces has eight characters, one for each tag", () => {
  const tagged = (tag: string) => meizuNotifyKey(message({ content: { title: "t", tag } }));
  for (const tag of ["a", "cart", "x".repeat(64)]) assert.match(String(tagged(tag)), /^[0-9a-f]{8}$/);
  assert.equal(tagged("a"), tagged("a"));
  assert.notEqual(tagged("a"), tagged("b"));
});

test("texts are cut to 32 and 100 characters; one stands in for the other; silence cannot be sent", () => {
  const textsOf = (content: Message["content"]) => {
    const { title, content: body } = (meizuPayload(message({ content }), {}) as Blocks)["noticeBarInfo"]!;
    return [String(title), String(body)];
  };
  const [title, body] = textsOf({ title: "👍".repeat(40), body: "字".repeat(101) });
  assert.deepEqual([title, body], [`${"👍".repeat(31)}…`, `${"字".repeat(99)}…`]);
  assert.deepEqual(textsOf({ body: "only" }), ["only", "only"]);
  assert.deepEqual(textsOf({ title: "only" }), ["only", "only"]);
  assert.deepEqual(
    [{ title: "t" }, { silent: true, title: "t" }, { data: { a: "b" } }].map((content) =>
      isShown(message({ content })),
    ),
    [true, false, false],
  );
});

test("time to live: whole hours, one to 72, and 0 for who is online", () => {
  const timeOf = (ttlS: number) => (meizuPayload(message({ ttlS }), {}) as Blocks)["pushTimeInfo"];
  assert.deepEqual(timeOf(0), { offLine: 0 });
  for (const [ttlS, validTime] of [
    [1, 1],
    [3_600, 1],
    [7_199, 1],
    [7_200, 2],
    [9e6, 72],
  ] as const)
    assert.deepEqual(timeOf(ttlS), { offLine: 1, validTime });
});

test("marketing is public, all else private, until the operator says otherwise", () => {
  const typeOf = (over: Partial<Message>, settings = {}) =>
    (meizuPayload(message(over), settings) as Blocks)["noticeBarInfo"]!["noticeMsgType"];
  assert.deepEqual(
    ["social", "transactional", "system", "urgent", "marketing"].map((category) => typeOf({ category })),
    [1, 1, 1, 1, 0],
  );
  assert.equal(typeOf({ category: "own", priority: "low" }), 0);
  const settings = {
    categories: { marketing: { noticeBarInfo: { noticeMsgType: 1 }, pushTimeInfo: { validTime: 5 } } },
    extra: { pushTimeInfo: { validTime: 9 }, extra: { callback: "https://r.example/" } },
  };
  const over = meizuPayload(message({ category: "marketing" }), settings) as Blocks;
  assert.equal(over["noticeBarInfo"]!["noticeMsgType"], 1);
  assert.equal(over["noticeBarInfo"]!["title"], "标题");
  assert.deepEqual(over["pushTimeInfo"], { offLine: 1, validTime: 9 }, "extra comes last");
  assert.deepEqual(over["extra"], { callback: "https://r.example/" });
  assert.equal(typeOf({}, settings), 1);
});

const targets = (...tokens: string[]) => tokens.map((token) => ({ token }) as Target);
const verdicts = (json: object, codes = {}, status = 200) =>
  meizuVerdicts(
    { status, headers: {}, json: json as Record<string, unknown> },
    targets("P1", "P2"),
    { request: classifier(MEIZU_CLASSES, codes), device: classifier(MEIZU_DEVICE_CLASSES, codes) },
    0,
  );

test("the published answer: who is listed was not taken, all others were", () => {
  assert.deepEqual(verdicts({ code: "200", message: "", value: { "110002": ["P2"] }, msgId: "m1" }), [
    { class: "ok", code: "200", providerId: "m1" },
    { class: "invalid", code: "110002" },
  ]);
  for (const value of ["", {}, null, [], { "110002": "P2" }])
    assert.deepEqual(
      verdicts({ code: "200", value }).map((verdict) => verdict.class),
      ["ok", "ok"],
      JSON.stringify(value),
    );
  assert.deepEqual(verdicts({ code: "200", value: { "P2 <token>": ["P2"] } })[1], {
    class: "doubt",
    code: "code_unknown",
  });
});

test("110010 is the app's speed as a code of the request, and a person's switch as one of a device", () => {
  assert.deepEqual(verdicts({ code: "110010", value: "" })[0], { class: "throttled", code: "110010" });
  assert.deepEqual(verdicts({ code: "200", value: { "110010": ["P2"] } })[1], {
    class: "suppressed",
    code: "switched_off",
  });
});

test("the operator's classes win over ours", () => {
  assert.equal(verdicts({ code: "110009" }, { "110009": "retry" })[0]?.class, "retry");
  assert.equal(
    verdicts({ code: "200", value: { "777": ["P2"] } }, { "777": "invalid" })[1]?.class,
    "invalid",
  );
  assert.equal(verdicts({ code: "200" }, {}, 502)[0]?.class, "retry", "a proxy's status counts more");
});

test("every code has its sentence", () => {
  for (const code of [...Object.values(MEIZU_CLASSES), ...Object.values(MEIZU_DEVICE_CLASSES)].flat())
    assert.ok(String(code) in MEIZU_CODES, String(code));
});
