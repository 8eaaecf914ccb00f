import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Target } from "../../../../functions/core/dispatch/provider.ts";
import { oppoSign } from "../../../../functions/providers/oppo/access.ts";
import { OPPO_CODES } from "../../../../functions/providers/oppo/codes.ts";
import { regionOf } from "../../../../functions/providers/oppo/oppo.ts";
import { OPPO_CLASSES, oppoVerdicts } from "../../../../functions/providers/oppo/outcome.ts";
import {
  addressed,
  batchOf,
  oppoForm,
  oppoNotification,
  quotaKind,
} from "../../../../functions/providers/oppo/payload.ts";
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
const shown = (over: Partial<Message> = {}, settings = {}) => oppoNotification(message(over), settings);

test("signatures (vectors)", () => {
  const vectors = [
    ["ak-1", 1_700_000_000_000, "ms-1", "533dc2365ec22507305094c7da1071806cb055c73b48459bc5e1277f328eac65"],
    [
      "8899aa",
      1_763_661_600_123,
      "oppo-secret",
      "92efc3f7b3cb648620dfe1e9c4766e5deb40e75ff5a4d5a660642d9d60e12c1b",
    ],
    ["a", 1, "b", "acee240f9a281b012353cca27eb1c4068a15cc67138da3dbc39cc4464d128448"],
  ] as const;
  for (const [appKey, timestampMs, masterSecret, sign] of vectors)
    assert.equal(oppoSign({ appKey, timestampMs, masterSecret }), sign);
});

test("a message alone as a form (vector); several as a list", () => {
  const one = { target_type: 2, target_value: "CN_1", notification: { title: "标题", content: "你好" } };
  const [text] = encoded({ form: oppoForm("T", [one]) });
  assert.equal(
    text,
    "auth_token=T&message=%7B%22target_type%22%3A2%2C%22target_value%22%3A%22CN_1%22%2C%22notification%22%3A%7B%22title%22%3A%22%E6%A0%87%E9%A2%98%22%2C%22content%22%3A%22%E4%BD%A0%E5%A5%BD%22%7D%7D",
  );
  assert.deepEqual(oppoForm("T", [one, one]), { auth_token: "T", messages: JSON.stringify([one, one]) });
});

test("what is shown: its texts, class, level, and a life in seconds", () => {
  const { action_parameters: parameters, notify_id: id, ...rest } = shown();
  assert.deepEqual(rest, {
    style: 1,
    title: "标题",
    content: "你好",
    click_action_type: 0,
    off_line: true,
    off_line_ttl: 600,
    category: "ORDER",
    notify_level: 2,
  });
  assert.deepEqual(JSON.parse(String(parameters)), {
    order: "7",
    notificationId: "n-1",
    timestamp: "1700000000000",
  });
  assert.ok(Number(id) >= 0 && Number(id) < 2 ** 31);
});

test("classes, levels and the quota that each counts against", () => {
  const of = (category: string, priority: "high" | "low" = "high") => {
    const made = shown({ category, priority });
    return [made["category"], made["notify_level"], quotaKind(made)];
  };
  assert.deepEqual(of("social"), ["IM", 16, "private"]);
  assert.deepEqual(of("urgent"), ["ACCOUNT", 2, "private"]);
  assert.deepEqual(of("marketing"), ["MARKETING", 1, "public"]);
  assert.deepEqual(of("own", "low"), ["MARKETING", 1, "public"]);
});

test("texts: 50 characters each, a longer content in another style up to 128", () => {
  const of = (title: string | undefined, body: string | undefined) => {
    const made = shown({ content: { ...(title && { title }), ...(body && { body }) } });
    return [made["style"], [...String(made["title"])].length, [...String(made["content"])].length];
  };
  assert.deepEqual(of("👍".repeat(60), "标".repeat(50)), [1, 50, 50]);
  assert.deepEqual(of("t", "标".repeat(51)), [2, 1, 51]);
  assert.deepEqual(of("t", "👍".repeat(300)), [2, 1, 128]);
  assert.deepEqual(of(undefined, "only"), [1, 4, 4]);
  assert.deepEqual(of("only", undefined), [1, 4, 4]);
});

test("life: ten days at most; without one only phones that are online", () => {
  assert.equal(shown({ ttlS: 9e6 })["off_line_ttl"], 864_000);
  const now = shown({ ttlS: 0 });
  assert.deepEqual([now["off_line"], now["off_line_ttl"]], [false, undefined]);
});

test("links open up to 2,000 characters", () => {
  const link = (url: string) => {
    const made = shown({ content: { title: "t", url } });
    return [made["click_action_type"], made["click_action_url"]];
  };
  assert.deepEqual(link("https://x.example/"), [2, "https://x.example/"]);
  assert.deepEqual(link(`https://x.example/${"x".repeat(2_000)}`), [0, undefined]);
});

test("a repetition to the same target has the same id", () => {
  const target = { token: "CN_1", messageId: "7d444840-9dc0-11d1-b245-5ffdce74fad2" } as Target;
  assert.deepEqual(addressed({ title: "t" }, target), {
    target_type: 2,
    target_value: "CN_1",
    notification: { app_message_id: "7d4448409dc011d1b2455ffdce74fad2", title: "t" },
    verify_registration_id: false,
  });
});

test("the operator's channel, template and extra fields; the template takes the message's words", () => {
  const settings = {
    categories: {
      transactional: {
        channel_id: "orders",
        private_msg_template_id: "T1",
        private_title_parameters: { what: "{title}" },
        private_content_parameters: { order: "{data.order}" },
      },
    },
    extra: { notify_level: 1 },
  };
  const made = shown({}, settings);
  assert.equal(made["channel_id"], "orders");
  assert.equal(made["private_title_parameters"], '{"what":"标题"}');
  assert.equal(made["private_content_parameters"], '{"order":"7"}');
  assert.equal(made["notify_level"], 1);
  assert.equal(shown({ category: "social" }, settings)["channel_id"], undefined);
});

test("requests stay below a megabyte, whatever the message's length", () => {
  assert.equal(batchOf(shown()), 1_000);
  const target = { token: `OPPO_CN_${"f".repeat(60)}`, messageId: "7d444840-9dc0-11d1-b245-5ffdce74fad2" };
  const long = shown({
    content: { title: "标".repeat(50), body: "标".repeat(128), data: { long: "标".repeat(3_800) } },
  });
  const count = batchOf(long);
  assert.ok(count >= 1 && count < 1_000, `${count}`);
  const messages = new Array(count).fill(addressed(long, target as Target));
  const [text] = encoded({ form: oppoForm("T", messages) });
  assert.ok(text.length <= 1_000_000, `${text.length}`);
  assert.ok(text.length > 900_000, `${text.length}`);
});

test("where registration ids are from", () => {
  for (const id of ["abc", "CN_abc", "OPPO_CN_abc"]) assert.equal(regionOf(id), "china", id);
  for (const id of ["IN_abc", "OPPO_IN_abc", "a_b_c_d", "CN_a_b", "CN_CN_a_b"])
    assert.equal(regionOf(id), "abroad", id);
});

const targets = ["CN_1", "CN_2"].map((token) => ({ token }) as Target);
const verdicts = (json: Record<string, unknown>, to = targets, own = {}) =>
  oppoVerdicts({ status: 200, headers: {}, json }, to, classifier(OPPO_CLASSES, own), 0).map(
    ({ class: kind, code, providerId }) =>
      [kind, code, ...(providerId === undefined ? [] : [providerId])].join(" "),
  );

test("OPPO's own example: each target of a batch by its registration id, in any order", () => {
  const data = [
    { messageId: "m2", registrationId: "CN_2", errorCode: 10000, errorMessage: "Invalid Registration_id" },
    { messageId: "m1", registrationId: "CN_1" },
  ];
  assert.deepEqual(verdicts({ code: 0, message: "", data }), ["ok 0 m1", "invalid 10000"]);
});

test("what a batch says nothing of is in doubt; a message alone needs no list", () => {
  const data = [{ messageId: "m1", registrationId: "CN_1" }];
  assert.deepEqual(verdicts({ code: 0, data }), ["ok 0 m1", "doubt no_result"]);
  assert.deepEqual(verdicts({ code: 0, data: {} }), ["doubt 0", "doubt 0"]);
  assert.deepEqual(verdicts({ code: 0, data: { messageId: "m" } }, targets.slice(0, 1)), ["ok 0 m"]);
});

test("the operator's classes win, in a batch as well; every code has its sentences", () => {
  const data = targets.map(({ token }) => ({ registrationId: token, errorCode: 77 }));
  assert.deepEqual(verdicts({ code: 0, data }), ["doubt 77", "doubt 77"]);
  assert.deepEqual(verdicts({ code: 0, data }, targets, { 77: "suppressed" }), [
    "suppressed 77",
    "suppressed 77",
  ]);
  for (const code of Object.values(OPPO_CLASSES).flat()) assert.ok(String(code) in OPPO_CODES, `${code}`);
});
