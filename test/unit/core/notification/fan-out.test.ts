import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../../functions/core/app/app.ts";
import { AppError } from "../../../../functions/core/errors/app-error.ts";
import { parse } from "../../../../functions/core/errors/parse.ts";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import { acceptWarnings } from "../../../../functions/core/notification/accept-warnings.ts";
import { compose } from "../../../../functions/core/notification/compose.ts";
import { SendRequest } from "../../../../functions/core/notification/request.ts";

const setup = { configuredAtMs: 0, summary: {} };
const app: App = {
  id: "a",
  createdAtMs: 0,
  origins: [],
  categories: {},
  providers: { fcm: setup, apns: setup, sns: setup },
  defaults: {},
  limits: {},
};
const CHANNEL = "dHN0LXNyY2gtY2hubA==";
const UPDATE = { event: "update", contentState: { score: 1 } };
const live = (liveActivity: object) => ({ apple: { liveActivity } });

const composed = (request: object) =>
  compose(app, parse(SendRequest, { content: { title: "t" }, ...request }), "n", 1_000);

/** Fields that are refused, by their pointers, with what is said of the first. */
function refused(request: object): { pointers: string[]; first: string } {
  try {
    composed(request);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "invalid_request", String(error));
    const { errors = [] } = error.extra;
    return { pointers: errors.map(({ pointer }) => pointer), first: errors[0]?.detail ?? "" };
  }
  return { pointers: [], first: "" };
}

test("what a provider fans out is one target on mobilePush without a ladder, as messages that 0.1 leaves alone", () => {
  for (const [to, content, audience] of [
    [{ fcmTopic: "news" }, { title: "t" }, "fcmTopic"],
    [{ fcmCondition: "'a' in topics && !('b' in topics)" }, { title: "t" }, "fcmCondition"],
    [{ apnsChannel: CHANNEL }, live(UPDATE), "apnsChannel"],
  ] as const) {
    const { notification, body } = composed({ to, content });
    assert.deepEqual(notification.channels, ["mobilePush"]);
    assert.equal(notification.ladder, undefined, "the category has one, and the app SNS for it");
    assert.equal(notification.audience, audience);
    assert.equal(notification.recipients, 1);
    assert.equal(notification.buckets, 1);
    assert.equal(notification.appleRoad, undefined);
    assert.equal(planMessage(notification).v, 2);
    assert.deepEqual(body.to, to);
  }
});

test("a wrong audience is named by its field, and what is wrong with it", () => {
  const wrong: [object, string, RegExp][] = [
    [{ fcmTopic: "no blanks" }, "/to/fcmTopic", /topic's name/],
    [{ fcmTopic: "/topics/news" }, "/to/fcmTopic", /topic's name/],
    [{ fcmTopic: "x".repeat(901) }, "/to/fcmTopic", /topic's name/],
    [{ fcmCondition: "'a' in topics &&" }, "/to/fcmCondition", /^ends where a topic is expected/],
    [{ fcmCondition: "(".repeat(5_001) }, "/to/fcmCondition", /5000/],
    [{ apnsChannel: "not base64" }, "/to/apnsChannel", /channel id/],
    [{ apnsChannel: "" }, "/to/apnsChannel", /channel id/],
    [{ apnsChannel: "abc" }, "/to/apnsChannel", /channel id/],
    [{ apnsChannel: "A".repeat(257) }, "/to/apnsChannel", /256/],
    [{ apnsChannel: CHANNEL, bundleId: "a/b" }, "/to/bundleId", /bundle id/],
    [{ fcmTopic: "news", platforms: ["ios"] }, "/to/platforms", /not a known field/],
  ];
  for (const [to, pointer, detail] of wrong) {
    const { pointers, first } = refused({ to, content: live(UPDATE) });
    assert.equal(pointers[0], pointer, JSON.stringify(to).slice(0, 60));
    assert.match(first, detail);
  }
  assert.deepEqual(refused({ to: { fcmTopic: "x".repeat(900) } }).pointers, []);
});

test("what such an audience cannot do is refused by its field", () => {
  const ACTIVITY = "/content/apple/liveActivity";
  const topic = { to: { fcmTopic: "news" } };
  const channel = { to: { apnsChannel: CHANNEL } };
  const start = { event: "start", attributesType: "Match", attributes: {}, contentState: {} };
  const table: [object, string[]][] = [
    [{ ...topic, channels: ["mobilePush"] }, []],
    [{ ...topic, channels: ["mobilePush", "email"] }, ["/channels"]],
    [{ ...topic, channels: ["inApp"], ladder: [{ channels: ["sms"] }] }, ["/channels", "/ladder"]],
    [{ ...topic, content: live({ ...UPDATE, activity: "m" }) }, [ACTIVITY]],
    [{ ...topic, content: { title: "t", apple: { pushType: "voip" } } }, ["/content/apple/pushType"]],
    [channel, [ACTIVITY]],
    [{ ...channel, content: { title: "t", ...live(start) } }, [`${ACTIVITY}/event`]],
    [{ ...channel, content: live({ ...UPDATE, activity: "m" }) }, [`${ACTIVITY}/activity`]],
    [{ ...channel, content: live({ event: "end" }) }, []],
    [{ ...channel, channels: ["webPush"], content: live(UPDATE) }, ["/channels"]],
    // People have tokens, and of their activities one is meant.
    [{ to: { users: ["ann"] }, content: live(UPDATE) }, [`${ACTIVITY}/activity`]],
  ];
  for (const [request, pointers] of table)
    assert.deepEqual(refused(request).pointers, pointers, JSON.stringify(request));
});

test("an app without the provider is told so", () => {
  const request = parse(SendRequest, { to: { fcmTopic: "news" }, content: { title: "x".repeat(200) } });
  assert.deepEqual(acceptWarnings(app, request, { channels: ["mobilePush"] }), []);
  const bare = { ...app, providers: { apns: setup } };
  assert.deepEqual(acceptWarnings(bare, request, { channels: ["mobilePush"] }), [
    "to.fcmTopic: the app has no fcm, so nobody is reached",
  ]);
});
