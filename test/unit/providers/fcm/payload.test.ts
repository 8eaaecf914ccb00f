import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content } from "../../../../functions/core/notification/content.ts";
import {
  bodyMaker,
  fanOutBytes,
  fanOutPayload,
  fcmPayload,
  payloadBytes,
} from "../../../../functions/providers/fcm/payload.ts";
import { message } from "../../../contract/provider-world.ts";

const payload = (content: Content, over: Parameters<typeof message>[0] = {}) =>
  fcmPayload(message({ ...over, content }));
type Android = { notification?: Record<string, unknown>; [key: string]: unknown };
const android = (content: Content, over: Parameters<typeof message>[0] = {}) =>
  payload(content, over)["android"] as Android;

test("every neutral field that FCM knows finds its place", () => {
  const content: Content = {
    title: "T",
    body: "B",
    data: { order: "7" },
    image: "https://example.com/i.png",
    icon: "https://example.com/icon.png",
    url: "https://example.com/",
    badgeCount: 2,
    sound: "ping",
    tag: "score",
    color: "#ff0000",
    androidChannelId: "orders",
    actionCategory: "OPEN_ORDER",
    titleLoc: { key: "TK", args: ["1"] },
    eventTime: "2025-06-15T12:00:00Z",
  };
  assert.deepEqual(payload(content), {
    notification: { title: "T", body: "B", image: "https://example.com/i.png" },
    data: { order: "7", url: "https://example.com/", notificationId: "n-1", timestamp: "1750000000000" },
    android: {
      priority: "HIGH",
      ttl: "3600s",
      collapse_key: "score",
      notification: {
        tag: "score",
        channel_id: "orders",
        color: "#ff0000",
        icon: "https://example.com/icon.png",
        sound: "ping",
        click_action: "OPEN_ORDER",
        notification_count: 2,
        event_time: "2025-06-15T12:00:00Z",
        title_loc_key: "TK",
        title_loc_args: ["1"],
      },
    },
  });
});

test("a silent message is data alone", () => {
  const silent = payload({ title: "T", silent: true, data: { a: "b" } });
  assert.equal(silent["notification"], undefined);
  assert.equal((silent["android"] as Android).notification, undefined);
  assert.deepEqual(
    Object.values(silent["data"] as object).map((value) => typeof value),
    ["string", "string", "string"],
  );
});

test("data alone for an app that makes its own notifications: the texts travel in it", () => {
  const image = "https://example.com/i.png";
  const content: Content = { title: "T", body: "B", image, data: { body: "mine" }, fcm: { dataOnly: true } };
  const { notification, data } = payload(content);
  assert.equal(notification, undefined);
  assert.equal(android(content).notification, undefined);
  assert.equal(android(content)["priority"], "HIGH");
  const { notificationId, timestamp, ...own } = data as Record<string, string>;
  assert.deepEqual(own, { title: "T", body: "mine", image });
  const silent = payload({ ...content, silent: true })["data"];
  assert.deepEqual(silent, { body: "mine", notificationId, timestamp });
});

test("blocks for Apple devices and browsers that Firebase registered, and a label for its reports", () => {
  const apns = { headers: { "apns-collapse-id": "score" }, payload: { aps: { "content-available": 1 } } };
  const webpush = { fcm_options: { link: "https://example.com/" } };
  const made = payload({ title: "T", fcm: { apns, webpush, analyticsLabel: "orders" } });
  assert.deepEqual(made["apns"], apns);
  assert.deepEqual(made["webpush"], webpush);
  assert.deepEqual(made["fcm_options"], { analytics_label: "orders" });
  assert.deepEqual(Object.keys(payload({ title: "T" })), ["notification", "data", "android"]);
});

test("only a tag collapses: four keys are all that a device keeps", () => {
  const { collapse_key, notification } = android({ title: "T" });
  assert.equal(collapse_key, undefined);
  assert.match(String(notification?.["tag"]), /^[\w-]{32}$/, "a duplicate still replaces itself when shown");
});

test("what only the device's app can translate is shown all the same", () => {
  const shown = android({ bodyLoc: { key: "BK", args: ["x"] } }).notification;
  assert.equal(shown?.["body_loc_key"], "BK");
});

test("priority, and a ttl within FCM's four weeks", () => {
  assert.equal(android({ title: "T" }, { priority: "low" })["priority"], "NORMAL");
  assert.equal(android({ title: "T" }, { ttlS: 0 })["ttl"], "0s");
  assert.equal(android({ title: "T" }, { ttlS: 9_999_999 })["ttl"], "2419200s");
});

test("the pass-through block is merged over android, its notification key by key", () => {
  const own = { restricted_package_name: "x.y", notification: { visibility: "PUBLIC" } };
  const merged = android({ title: "T", color: "#000000", android: own });
  assert.equal(merged["restricted_package_name"], "x.y");
  assert.equal(merged.notification?.["visibility"], "PUBLIC");
  assert.equal(merged.notification?.["color"], "#000000");
});

test("bodies differ in their target alone", () => {
  const made = fcmPayload(message());
  const bodyFor = bodyMaker(JSON.stringify(made));
  assert.deepEqual(JSON.parse(bodyFor("token", 'a"b').toString()), { message: { token: 'a"b', ...made } });
  assert.deepEqual(JSON.parse(bodyFor("fid", "x").toString()), { message: { fid: "x", ...made } });
  assert.equal(payloadBytes(message()), Buffer.byteLength(JSON.stringify(made)));
});

const toTopic = (content: Content) => fanOutPayload(message({ content }));
const OWN_TAG = String(android({ title: "T" }).notification?.["tag"]);

test("to a topic, a repetition replaces the first on every kind of device", () => {
  const made = toTopic({ title: "T" });
  assert.deepEqual(made["android"], android({ title: "T" }));
  assert.deepEqual(made["apns"], { headers: { "apns-collapse-id": OWN_TAG } });
  assert.deepEqual(made["webpush"], { notification: { tag: OWN_TAG } });
  const tagged = toTopic({ title: "T", tag: "score" });
  assert.deepEqual(tagged["apns"], { headers: { "apns-collapse-id": "score" } });
  assert.deepEqual(tagged["webpush"], { notification: { tag: "score" } });
  assert.equal(payload({ title: "T" })["apns"], undefined, "one person's devices are sent to one by one");
});

test("to a topic, what the app has set itself stays, and stands beside the tag", () => {
  const own = {
    apns: { headers: { "APNS-Collapse-Id": "mine" }, payload: { aps: { badge: 1 } } },
    webpush: { notification: { tag: "mine" }, headers: { Urgency: "high" } },
  };
  const kept = toTopic({ title: "T", fcm: own });
  assert.deepEqual([kept["apns"], kept["webpush"]], [own.apns, own.webpush]);
  const other = {
    apns: { headers: { "apns-priority": "5" }, payload: { aps: { badge: 1 } } },
    webpush: { notification: { renotify: true }, fcm_options: { link: "https://example.com/" } },
  };
  const joined = toTopic({ title: "T", fcm: other });
  assert.deepEqual(joined["apns"], {
    ...other.apns,
    headers: { "apns-priority": "5", "apns-collapse-id": OWN_TAG },
  });
  assert.deepEqual(joined["webpush"], { ...other.webpush, notification: { renotify: true, tag: OWN_TAG } });
  const wrong = { apns: { headers: "x" }, webpush: { notification: ["x"] } };
  const refusable = toTopic({ title: "T", fcm: wrong });
  assert.deepEqual([refusable["apns"], refusable["webpush"]], [wrong.apns, wrong.webpush]);
});

test("to a topic, what shows nothing gets nothing that would show it", () => {
  for (const content of [
    { silent: true, data: { a: "b" } },
    { title: "T", fcm: { dataOnly: true } },
  ]) {
    const { apns, webpush } = toTopic(content);
    assert.deepEqual([apns, webpush], [undefined, undefined]);
  }
  const ownAlert = { payload: { aps: { alert: "mine" } } };
  const { apns, webpush } = toTopic({ silent: true, fcm: { apns: ownAlert, webpush: { data: { a: "b" } } } });
  assert.deepEqual(apns, { ...ownAlert, headers: { "apns-collapse-id": OWN_TAG } });
  assert.deepEqual(webpush, { data: { a: "b" } });
});

test("to a topic, the tags count as payload", () => {
  const content = { title: "T" };
  const bytes = Buffer.byteLength(JSON.stringify(toTopic(content)));
  assert.equal(fanOutBytes(message({ content })), bytes);
  assert.ok(bytes > payloadBytes(message({ content })) + 2 * OWN_TAG.length);
});
