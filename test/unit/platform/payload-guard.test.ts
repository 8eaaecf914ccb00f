import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../functions/core/errors/app-error.ts";
import type { Content } from "../../../functions/core/notification/content.ts";
import type { NotificationBody } from "../../../functions/core/notification/notification.ts";
import type { Channel } from "../../../functions/core/words.ts";
import { guardPayload } from "../../../functions/platform/payload-guard.ts";
import { fanOutBytes } from "../../../functions/providers/fcm/payload.ts";
import { notificationOf } from "../core/plan/world.ts";

const guard = (channels: Channel[], content: Content) =>
  guardPayload(notificationOf({ channels }), { to: { users: ["ann"] }, content });

function refusal(channels: Channel[], content: Content): AppError | undefined {
  try {
    guard(channels, content);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
}

/** The longest body of ASCII letters that is let through. */
function longestBody(channels: Channel[]): number {
  let [fits, tooLong] = [1, 100_000];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (refusal(channels, { body: "x".repeat(middle) })) tooLong = middle;
    else fits = middle;
  }
  return fits;
}

/** Limits as the vendors state them; Web Push: 4,096 bytes less what RFC 8291 adds. */
const LIMITS: [Channel, provider: string, limit: number][] = [
  ["inApp", "websocket", 32_768],
  ["mobilePush", "apns", 4_096],
  ["mobilePush", "fcm", 4_096],
  ["webPush", "webpush", 3_993],
];

test("what a provider fans out has its own limit, and is measured for that provider alone", () => {
  const refused = (to: NotificationBody["to"], content: Content) => {
    try {
      guardPayload(notificationOf({ channels: ["mobilePush"] }), { to, content });
      return undefined;
    } catch (error) {
      assert.ok(error instanceof AppError);
      return error.extra.errors?.map(({ detail }) => detail);
    }
  };
  const told = (to: NotificationBody["to"], content: Content) =>
    refused(to, content)?.map((detail) => detail.replace(/\d+ bytes/, "n bytes"));
  const filled = (bytes: number): Content => ({ title: "t", data: { filler: "x".repeat(bytes) } });
  assert.equal(told({ fcmTopic: "news" }, filled(1_500)), undefined);
  assert.deepEqual(told({ fcmTopic: "news" }, filled(2_048)), [
    "makes a payload of n bytes for fcm, which allows 2048",
  ]);
  assert.deepEqual(told({ fcmCondition: "'a' in topics" }, filled(5_000)), [
    "makes a payload of n bytes for fcm, which allows 2048",
  ]);
  const toTopic = (bytes: number) => refused({ fcmTopic: "news" }, filled(bytes))?.[0];
  const fitting = 4_000 - (Number(/of (\d+) bytes/.exec(toTopic(4_000) ?? "")?.[1]) - 2_048);
  assert.equal(toTopic(fitting), undefined);
  assert.match(toTopic(fitting + 1) ?? "", /of 2049 bytes/);
  const { id: notificationId, priority, createdAtMs, expiresAtMs } = notificationOf({});
  const ttlS = Math.ceil((expiresAtMs - createdAtMs) / 1000);
  const sample = { content: filled(fitting), notificationId, priority, createdAtMs, ttlS };
  assert.equal(fanOutBytes(sample), 2_048, "counted with what lets a repetition replace the first");
  const update = (bytes: number): Content => ({
    apple: { liveActivity: { event: "update", contentState: { filler: "x".repeat(bytes) } } },
  });
  assert.equal(told({ apnsChannel: "YQ==" }, update(5_000)), undefined);
  assert.deepEqual(told({ apnsChannel: "YQ==" }, update(5_100)), [
    "makes a payload of n bytes for apns, which allows 5120",
  ]);
});

test("one byte beyond a provider's limit is refused: pointer, provider, bytes and limit are named", () => {
  for (const [channel, provider, limit] of LIMITS) {
    // APNs' and FCM's own blocks are merged into their payloads alone: each is brought to its limit by itself.
    const block = { apns: "apns", fcm: "android" }[provider];
    const contentOf = (length: number): Content =>
      block ? { title: "t", [block]: { filler: "x".repeat(length) } } : { body: "x".repeat(length) };
    const first = 100_000;
    const told = refusal([channel], contentOf(first))?.extra.errors?.find(({ detail }) =>
      detail.includes(provider),
    );
    const bytes = Number(/of (\d+) bytes/.exec(told?.detail ?? "")?.[1]);
    const fitting = first - (bytes - limit);
    assert.equal(
      refusal([channel], contentOf(fitting)),
      undefined,
      `${provider}: ${limit} bytes are allowed`,
    );
    const error = refusal([channel], contentOf(fitting + 1));
    const detail = `makes a payload of ${limit + 1} bytes for ${provider}, which allows ${limit}`;
    assert.equal(error?.code, "payload_too_large");
    assert.equal(error?.message, `/content: ${detail}`);
    assert.deepEqual(error?.extra.errors, [{ pointer: "/content", detail }]);
  }
});

test("only providers of the notification's channels count, and every one that is too small is named", () => {
  const body = "x".repeat(5_000);
  guard(["inApp"], { body });
  const named = (channels: Channel[]) =>
    (refusal(channels, { body })?.extra.errors ?? []).map(({ detail }) => /for (\w+),/.exec(detail)?.[1]);
  assert.deepEqual(named(["mobilePush"]), ["apns", "fcm"]);
  assert.deepEqual(named(["webPush"]), ["webpush"]);
  assert.deepEqual(named(["webPush", "inApp", "mobilePush"]), ["apns", "fcm", "webpush"]);
});

test("bytes count, not characters, and what a provider never sees does not count", () => {
  const ascii = longestBody(["webPush"]);
  guard(["webPush"], { body: "ä".repeat(Math.floor(ascii / 2)) });
  assert.ok(refusal(["webPush"], { body: "ä".repeat(Math.floor(ascii / 2) + 1) }));
  const notes = { notes: "x".repeat(40_000) };
  guard(["inApp", "mobilePush", "webPush"], { title: "t", metadata: notes });
  guard(["inApp", "webPush"], { title: "t", apns: notes, android: notes });
});

test("the channels of a ladder's rungs count as well", () => {
  const ladder = [{ channels: ["mobilePush" as const], afterS: 10 }];
  const notification = notificationOf({ channels: ["inApp"], ladder });
  const body = { to: { users: ["ann"] }, content: { body: "x".repeat(5_000) } };
  assert.throws(() => guardPayload(notification, body), /for apns, which allows 4096/);
});
