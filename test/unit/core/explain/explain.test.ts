import assert from "node:assert/strict";
import { test } from "node:test";
import { explainRecipient } from "../../../../functions/core/explain/explain-recipient.ts";
import { tally } from "../../../../functions/core/explain/tally.ts";
import { shardOf } from "../../../../functions/core/hash.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
import type { NotificationBody } from "../../../../functions/core/notification/notification.ts";
import { walkKey } from "../../../../functions/core/plan/shards.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";

import { ask, ledgerOf, notification, PEOPLE, planned, portsFor, rowFor, T0 } from "./world.ts";

test("accepted on one device, the other unregistered: both are said in one sentence", async () => {
  const world = { row: planned(), ledgers: [ledgerOf("job-fcm", {})] };
  const { sentence, sentenceZh, evidence, decision, next } = await ask(world, "user01");
  assert.equal(
    sentence,
    "user01 was sent it: FCM accepted it for the Pixel at 12:00:03 UTC on 3 May 2026; " +
      "the iPhone was skipped because the provider said that the device's token is gone (since 2 May 2026).",
  );
  assert.match(sentenceZh, /^user01 已被发送：FCM .*已接收（Pixel）；iPhone 已跳过/);
  assert.equal(decision?.reason, "sent");
  assert.equal(next, undefined);
  assert.deepEqual(
    evidence.map(({ device: id, outcome }) => [id, outcome]),
    [
      ["pixel", "accepted"],
      ["iphone", "skipped"],
    ],
  );
});

test("a rejected target carries the provider's words and what they mean", async () => {
  const note = { status: 400, reason: "BadDeviceToken", providerId: "p1", atMs: T0 + 2_000 };
  const ledgers = [ledgerOf("job-apns", { marks: new Uint8Array([MARK.gone]), notes: { 0: note } })];
  const { sentence, evidence } = await ask({ row: planned(), ledgers }, "user03");
  assert.equal(
    sentence,
    "user03 did not get it: the iPad has a token that the provider no longer knows: " +
      "the device token is wrong (APNs: 400 BadDeviceToken).",
  );
  assert.equal(evidence[0]?.status, 400);
  assert.equal(evidence[0]?.providerId, "p1");
  assert.equal(evidence[0]?.at, "2026-05-03T12:00:02.000Z");
});

test("somebody who was passed over has a reason", async () => {
  const { sentence, decision, evidence } = await ask({ row: planned() }, "user02");
  assert.equal(sentence, "user02 was not sent it: the user has no registered device.");
  assert.equal(decision?.reason, "no_device");
  assert.equal(evidence[0]?.channel, "mobilePush");
});

test("somebody who was not named is not in the audience", async () => {
  const { sentence, audience } = await ask({ row: planned() }, "stranger");
  assert.match(sentence, /^stranger was not in the audience: the request names 3 people/);
  assert.deepEqual(audience, { included: false, rule: "not named in to.users" });
});

test("while it waits, the next attempt is named", async () => {
  const ledgers = [
    ledgerOf("job-apns", {
      state: "waiting",
      marks: new Uint8Array([MARK.throttled]),
      notBeforeMs: T0 + 60_000,
      notes: { 0: { status: 429, reason: "TooManyRequests", atMs: T0 } },
    }),
  ];
  const world = { header: notification({ state: "sending" }), row: planned(), ledgers };
  const { sentence, next } = await ask(world, "user03");
  assert.match(sentence, /^user03 has not got it yet: the iPad was slowed down .* next at 12:01:00 UTC/);
  assert.equal(next?.en, "waits until 12:01:00 UTC on 3 May 2026");
  assert.match((await ask({ ...world, paused: true }, "user03")).next?.en ?? "", /paused/);
});

test("one that nobody has asked yet does not wait for the time that another was told", async () => {
  const marks = (first: number) =>
    ask(
      {
        header: notification({ state: "sending" }),
        row: planned(),
        ledgers: [
          ledgerOf("job-apns", {
            state: "waiting",
            marks: new Uint8Array([first, MARK.throttled]),
            notBeforeMs: T0 + 3_600_000,
          }),
        ],
      },
      "user03",
    );
  assert.equal((await marks(MARK.pending)).evidence[0]?.next, undefined);
  assert.equal((await marks(MARK.throttled)).evidence[0]?.next, "2026-05-03T13:00:00.000Z");
});

test("before it is planned: scheduled, cancelled, or simply not yet", async () => {
  const scheduled = notification({ state: "scheduled", sendAtMs: T0 + 3_600_000 });
  const waiting = await ask({ header: scheduled }, "user01");
  assert.equal(
    waiting.sentence,
    "user01 has not got it yet: it is scheduled for 13:00:00 UTC on 3 May 2026.",
  );
  assert.equal(waiting.next?.en, "fires at 13:00:00 UTC on 3 May 2026");
  const cancelled = await ask({ header: notification({ state: "cancelled" }) }, "user01");
  assert.match(cancelled.sentence, /cancelled before anything was decided/);
  assert.equal(cancelled.next, undefined);
  const early = await ask({ header: notification({ state: "planning" }) }, "user01");
  assert.match(early.sentence, /being planned/);
});

test("a walk: the user's shard leads to the row; who joined later was not in it", async () => {
  const [walker] = PEOPLE as [Recipient];
  const header = notification({
    audience: "everyone",
    buckets: 4,
    createdBeforeMs: T0,
  });
  delete header.recipients;
  const body: NotificationBody = { to: { everyone: true }, content: { title: "x" } };
  const key = walkKey(shardOf(walker.user), "");
  const row = rowFor(header, [{ user: walker.user, recipient: walker, online: false }], key, 1);
  const found = await ask({ header, body, row, ledgers: [ledgerOf("job-fcm", {})] }, walker.user);
  assert.match(found.sentence, /FCM accepted it for the Pixel/);
  assert.equal(found.audience.rule, "to.everyone");
  const late: Recipient = { ...walker, user: "late", createdAtMs: T0 + 1 };
  const joined = await ask({ header, body, row, people: [late] }, "late");
  assert.equal(joined.decision?.reason, "joined_later");
  assert.equal(
    joined.sentence,
    "late was not sent it: the user was created after the notification was accepted.",
  );
  const nobody = await ask({ header, body, row, people: [] }, "nobody");
  assert.equal(nobody.decision?.reason, "no_such_user");
});

test("a walk stores nothing in the inbox of who was not connected, and says so", async () => {
  const [walker] = PEOPLE as [Recipient];
  const header = notification({
    audience: "everyone",
    createdBeforeMs: T0,
    channels: ["mobilePush", "inApp"],
  });
  const body: NotificationBody = { to: { everyone: true }, content: { title: "x" } };
  const key = walkKey(shardOf(walker.user), "");
  const row = rowFor(header, [{ user: walker.user, recipient: walker, online: false }], key);
  const { sentence } = await ask({ header, body, row, ledgers: [ledgerOf("job-fcm", {})] }, walker.user);
  assert.match(sentence, /; the user had no open connection; it arrives on the next connect\.$/);
});

test("a device whose token moved to somebody else says that, and not that it is gone", async () => {
  const [first] = PEOPLE as [Recipient];
  const devices = first.devices.map((held) =>
    held.id === "iphone" ? { ...held, reason: "token_moved" } : held,
  );
  const people = [{ ...first, devices }];
  const world = { row: planned(), ledgers: [ledgerOf("job-fcm", {})], people };
  const { sentence } = await ask(world, "user01");
  assert.match(sentence, /the iPhone was skipped because the device's token now belongs to another user/);
});

test("a notification that does not exist is not found", async () => {
  await assert.rejects(explainRecipient(portsFor({}), "a", "n2", "user01"), { code: "not_found" });
});

test("counts add up: closed outcomes by channel and provider, the rest is pending", async () => {
  const progress = {
    bucket: 0,
    cursor: null,
    planned: 2,
    held: 0,
    targets: 10,
    closed: 1,
    closedJobs: new Set(["1"]),
    walked: 3,
    planDone: true,
    counts: { "mobilePush.fcm.accepted": 4, "mobilePush.fcm.gone": 1, "mobilePush.fcm.suppressed": 2 },
  };
  const found = await tally({ progress: async () => progress }, notification());
  assert.deepEqual(found.totals, { accepted: 4, failed: 1, suppressed: 2, unknown: 0, pending: 3 });
  assert.deepEqual(found.counts, [
    { channel: "mobilePush", provider: "fcm", outcomes: { accepted: 4, gone: 1, suppressed: 2 } },
  ]);
  assert.equal(found.openJobs, 1);
});
