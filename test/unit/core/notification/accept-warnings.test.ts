import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../../functions/core/app/app.ts";
import { acceptWarnings, rungWarnings } from "../../../../functions/core/notification/accept-warnings.ts";
import type { SendRequest } from "../../../../functions/core/notification/request.ts";
import type { Channel } from "../../../../functions/core/words.ts";

const setup = { configuredAtMs: 0, summary: {} };
const app = { id: "a", providers: { fcm: setup, vivo: setup, mi: setup } } as unknown as App;
const warnings = (request: Partial<SendRequest>, channels: Channel[] = ["mobilePush"]) =>
  acceptWarnings(app, { to: { users: ["u"] }, content: { title: "t" }, ...request }, { channels });

test("texts that a vendor of the app cuts are named with their limit; code points count, not bytes", () => {
  const [title, body] = ["题".repeat(45), "😀".repeat(128)];
  assert.deepEqual(warnings({ content: { title, body } }), [
    "/content/title: has 45 characters and is cut by vivo after 40",
    "/content/body: has 128 characters and is cut by vivo after 100, mi after 127",
  ]);
  assert.deepEqual(warnings({ content: { title: "题".repeat(40), body: "😀".repeat(100) } }), []);
  assert.deepEqual(warnings({ content: { title, silent: true } }), []);
  assert.deepEqual(warnings({ content: { title } }, ["webPush"]), []);
});

test("rungs that a category chose are looked at as well", () => {
  const content = { title: "题".repeat(45) };
  const ladder = [{ channels: ["mobilePush" as const], afterS: 10 }];
  const said = acceptWarnings(app, { to: { users: ["u"] }, content }, { channels: ["inApp"], ladder });
  assert.deepEqual(said, ["/content/title: has 45 characters and is cut by vivo after 40"]);
});

test("a rung that waits as long as the notification lives is named: nobody climbs it for want of an answer", () => {
  const timed = { createdAtMs: 0, sendAtMs: 3_600_000, expiresAtMs: 3_600_000 + 1_800_000 };
  const ladder = [
    { channels: ["webPush" as const], afterS: 1_799 },
    { channels: ["sms" as const, "email" as const], afterS: 1_800 },
    { channels: ["webhook" as const] },
  ];
  assert.deepEqual(rungWarnings({ ...timed, ladder }), [
    "sms, email: is to be tried 1,800 s after the rung before it, and the notification lives 1,800 s; it is tried only where that rung fails",
  ]);
  assert.deepEqual(rungWarnings(timed), []);
  const { sendAtMs: _none, ...atOnce } = timed;
  assert.deepEqual(rungWarnings({ ...atOnce, ladder }), []);
});

test("texts that chat tools cut are said where the app has webhooks", () => {
  const withRobots = { ...app, providers: { webhook: setup } } as unknown as App;
  const content = { title: "x".repeat(220), body: "y" };
  assert.deepEqual(acceptWarnings(withRobots, { to: { users: ["u"] }, content }, { channels: ["webhook"] }), [
    "webhook: /content/title: has 220 characters and is cut by slack after 150, feishu after 200",
  ]);
});

test("robots that count the whole text, in characters or bytes, are said as well", () => {
  const withRobots = { ...app, providers: { webhook: setup } } as unknown as App;
  const said = (body: string) =>
    acceptWarnings(
      withRobots,
      { to: { users: ["u"] }, content: { title: "t", body } },
      { channels: ["webhook"] },
    );
  assert.deepEqual(said("题".repeat(1_400)), [
    "webhook: the text has at least 4,202 bytes and is cut by wecom after 4,096",
  ]);
  assert.deepEqual(said("x".repeat(2_900)), []);
  assert.ok(
    said("题".repeat(4_400)).includes(
      "webhook: the text has at least 4,402 characters and is cut by telegram after 4,096",
    ),
  );
  assert.ok(
    said("题".repeat(4_400)).includes(
      "webhook: the text has at least 13,202 bytes and is cut by dingtalk after 13,000",
    ),
  );
});

test("a link that a vendor does not take is said, for the app is opened instead", () => {
  const url = `https://shop.example/${"x".repeat(900)}`;
  assert.deepEqual(warnings({ content: { title: "t", url } }), [
    "/content/url: has 921 characters and opens the app instead (mi takes 800)",
  ]);
  assert.deepEqual(warnings({ content: { title: "t", url: url.slice(0, 800) } }), []);
});

test("a text that SNS will not take is said, where there is SNS", () => {
  const withSms = { ...app, providers: { sns: setup } } as unknown as App;
  const request = { to: { users: ["u"] }, content: { title: "t", body: "x".repeat(1_600) } };
  const said =
    "sms: the text has 1,602 characters and is cut after 1,600; say it shorter in /content/sms/body";
  assert.deepEqual(acceptWarnings(withSms, request, { channels: ["sms"] }), [said]);
  assert.deepEqual(acceptWarnings(app, request, { channels: ["sms"] }), []);
  const shorter = { ...request.content, sms: { body: "short" } };
  assert.deepEqual(acceptWarnings(withSms, { ...request, content: shorter }, { channels: ["sms"] }), []);
});

test("channels that the request names and the app cannot use; not those of its category", () => {
  const named = warnings({ channels: ["mobilePush", "sms"], ladder: [{ channels: ["email"] }] });
  assert.deepEqual(named, [
    "sms: the app has no provider for it, so nobody is reached there",
    "email: the app has no provider for it, so nobody is reached there",
  ]);
  assert.deepEqual(warnings({ channels: ["inApp"] }), []);
  assert.deepEqual(warnings({ category: "urgent" }, ["webPush", "mobilePush", "sms"]), []);
});
