import assert from "node:assert/strict";
import { test } from "node:test";
import type { Apple } from "../../../../functions/core/notification/apple.ts";
import type { Content } from "../../../../functions/core/notification/content.ts";
import type { Priority } from "../../../../functions/core/words.ts";
import {
  apnsHeaders,
  apnsPayload,
  limitBytes,
  MOST_UNREAD,
  payloadBytes,
} from "../../../../functions/providers/apns/payload.ts";
import { PUSH_TYPES, type PushType } from "../../../../functions/providers/apns/push-type.ts";
import { message } from "../../../contract/provider-world.ts";

const aps = (content: Content, unread?: number) =>
  apnsPayload(message({ content }), unread)["aps"] as Record<string, unknown>;

function headers(over: Parameters<typeof message>[0]): Record<string, string> {
  const sent = message(over);
  const list = apnsHeaders(sent, apnsPayload(sent), 1_000_000);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1] ?? ""]] : [])));
}

const activityOf = (liveActivity: NonNullable<Apple["liveActivity"]>, more: Content = {}): Content => ({
  ...more,
  apple: { liveActivity },
});
const UPDATE = activityOf({ event: "update", activity: "ride-7", contentState: { eta: 4 } });

test("each push type has its topic suffix, its priorities, its expiration and its limit", () => {
  const silent = (pushType: NonNullable<Apple["pushType"]>): Content => ({
    silent: true,
    apple: { pushType },
  });
  const table: [PushType, Content, suffix: string, string[], expiration: string, limit: number][] = [
    ["alert", { title: "T" }, "", ["10", "10", "5"], "1060", 4_096],
    ["background", { silent: true }, "", ["5", "5", "5"], "1060", 4_096],
    ["voip", silent("voip"), ".voip", ["10", "10", "10"], "0", 5_120],
    ["complication", silent("complication"), ".complication", ["10", "10", "5"], "1060", 4_096],
    ["fileprovider", silent("fileprovider"), ".pushkit.fileprovider", ["10", "10", "5"], "1060", 4_096],
    ["location", silent("location"), ".location-query", ["10", "10", "5"], "1060", 4_096],
    ["pushtotalk", silent("pushtotalk"), ".voip-ptt", ["10", "10", "10"], "0", 4_096],
    ["widgets", silent("widgets"), ".push-type.widgets", ["10", "10", "5"], "1060", 4_096],
    ["controls", silent("controls"), ".push-type.controls", ["10", "10", "5"], "1060", 4_096],
    ["liveactivity", UPDATE, ".push-type.liveactivity", ["10", "5", "5"], "1060", 4_096],
  ];
  for (const [type, content, suffix, priorities, expiration, limit] of table) {
    const by = (priority: Priority) => headers({ content, priority, ttlS: 60 });
    assert.equal(by("high")["apns-push-type"], type);
    assert.equal(PUSH_TYPES[type].suffix, suffix, type);
    const sent = (["high", "normal", "low"] as const).map((priority) => by(priority)["apns-priority"]);
    assert.deepEqual(sent, priorities, type);
    assert.equal(by("high")["apns-expiration"], expiration, type);
    assert.equal(limitBytes(message({ content })), limit, type);
  }
});

test("what a push type that shows nothing carries", () => {
  const of = (pushType: NonNullable<Apple["pushType"]>) => aps({ silent: true, apple: { pushType } });
  assert.deepEqual(of("background"), { "content-available": 1 });
  assert.deepEqual(of("widgets"), { "content-changed": true });
  assert.deepEqual(of("controls"), { "content-changed": true });
  for (const type of ["voip", "location", "complication", "fileprovider", "pushtotalk"] as const)
    assert.deepEqual(of(type), {}, type);
});

test("every field of the apple block finds its place", () => {
  const content: Content = {
    title: "T",
    apple: {
      interruption: "time-sensitive",
      relevance: 0.5,
      subtitle: "S",
      subtitleLoc: { key: "SK", args: ["1"] },
      targetContentId: "window-1",
      filterCriteria: "work",
    },
  };
  assert.deepEqual(aps(content), {
    alert: { title: "T", subtitle: "S", "subtitle-loc-key": "SK", "subtitle-loc-args": ["1"] },
    "interruption-level": "time-sensitive",
    "relevance-score": 0.5,
    "target-content-id": "window-1",
    "filter-criteria": "work",
  });
});

test("a critical sound is the content's own, loud, where it says nothing else", () => {
  const sound = (criticalSound: Apple["criticalSound"], name?: string) =>
    aps({ title: "T", ...(name && { sound: name }), apple: { criticalSound } })["sound"];
  assert.deepEqual(sound({}), { critical: 1, name: "default", volume: 1 });
  assert.deepEqual(sound({ volume: 0 }, "siren.caf"), { critical: 1, name: "siren.caf", volume: 0 });
  assert.deepEqual(sound({ name: "bell.caf" }, "x"), { critical: 1, name: "bell.caf", volume: 1 });
});

test("a counted badge is each person's own; one that could not be counted leaves the icon as it is", () => {
  const content: Content = { title: "T", badgeCount: 3, apple: { badge: "unread" } };
  assert.equal(aps(content, 0)["badge"], 0);
  assert.equal(aps(content, 12)["badge"], 12);
  assert.ok(!("badge" in aps(content)));
  const measured = payloadBytes(message({ content }));
  assert.equal(measured, Buffer.byteLength(JSON.stringify(apnsPayload(message({ content }), MOST_UNREAD))));
});

const SENT_S = 1_750_000_000;

test("a Live Activity starts with its attributes and an alert, and asks for an update token", () => {
  const start = {
    event: "start",
    attributesType: "Ride",
    attributes: { ride: 7 },
    contentState: { eta: 9 },
    staleAt: "2025-06-15T15:06:40Z",
    relevance: 75,
  } as const;
  const content: Content = { title: "On its way", body: "9 min", sound: "horn.caf", data: { a: "b" } };
  const payload = apnsPayload(message({ content: activityOf(start, content) }));
  assert.deepEqual(payload, {
    aps: {
      timestamp: SENT_S,
      event: "start",
      "content-state": { eta: 9 },
      "relevance-score": 75,
      "stale-date": SENT_S,
      "attributes-type": "Ride",
      attributes: { ride: 7 },
      "input-push-token": 1,
      alert: { title: "On its way", body: "9 min", sound: "horn.caf" },
    },
  });
  const followed = aps(activityOf({ ...start, channel: "Y2g=" }, content));
  assert.equal(followed["input-push-channel"], "Y2g=");
  assert.ok(!("input-push-token" in followed));
});

test("it is updated without a sound, or with an alert whose texts may be localised", () => {
  assert.deepEqual(aps(UPDATE), { timestamp: SENT_S, event: "update", "content-state": { eta: 4 } });
  const told = aps({ ...UPDATE, titleLoc: { key: "NEAR", args: ["4"] }, body: "b", sound: "x" });
  assert.deepEqual(told["alert"], {
    title: { "loc-key": "NEAR", "loc-args": ["4"] },
    body: "b",
    sound: "x",
  });
  const quiet = aps({ ...UPDATE, sound: "of the app's defaults" });
  assert.ok(!("alert" in quiet) && !("sound" in quiet));
});

test("it ends with its last state and leaves the screen when it is told to", () => {
  const ended = activityOf({ event: "end", activity: "ride-7", dismissAt: "2025-06-15T15:06:41.9Z" });
  assert.deepEqual(aps(ended), { timestamp: SENT_S, event: "end", "dismissal-date": SENT_S + 1 });
});

test("the order of updates is the one they were meant in: a timed one counts from its time", () => {
  const timed = apnsPayload(message({ content: UPDATE, sendAtMs: (SENT_S + 60) * 1_000 }))["aps"];
  assert.equal((timed as { timestamp: number }).timestamp, SENT_S + 60);
  assert.ok(!("apns-collapse-id" in headers({ content: UPDATE })));
});
