import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ExplainPorts,
  explainRecipient,
  type Receipts,
} from "../../../../functions/core/explain/explain-recipient.ts";
import { tally } from "../../../../functions/core/explain/tally.ts";
import { shardOf } from "../../../../functions/core/hash.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
import type { Notification, NotificationBody } from "../../../../functions/core/notification/notification.ts";
import { type Candidate, decide } from "../../../../functions/core/plan/decide.ts";
import { encodeRecords, type PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import { listKey, walkKey } from "../../../../functions/core/plan/shards.ts";
import type { Device, Recipient } from "../../../../functions/core/recipient/device.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const T0 = Date.UTC(2026, 4, 3, 12, 0, 0);
const CONFIGURED = new Set<ProviderName>(["websocket", "apns", "fcm", "sns"]);

const device = (id: string, kind: "apns" | "fcmToken", more: Partial<Device> = {}): Device => ({
  id,
  platform: kind === "apns" ? "ios" : "android",
  tokens: [{ kind, token: id, hash: `h-${id}`, registeredAtMs: 1 }],
  status: "active",
  registeredAtMs: 1,
  lastSeenAtMs: 1,
  ...more,
});

const PEOPLE: Recipient[] = [
  {
    app: "a",
    user: "user01",
    createdAtMs: 1,
    devices: [
      device("pixel", "fcmToken", { model: "Pixel" }),
      device("iphone", "apns", {
        status: "unregistered",
        invalidatedAtMs: T0 - 86_400_000,
        reason: "Unregistered",
      }),
    ],
  },
  { app: "a", user: "user02", createdAtMs: 1, devices: [] },
  { app: "a", user: "user03", createdAtMs: 1, devices: [device("ipad", "apns", { model: "iPad" })] },
];

const notification = (more: Partial<Notification> = {}): Notification => ({
  version: 1,
  app: "a",
  id: "n1",
  state: "completed",
  revision: 1,
  fingerprint: "f",
  createdAtMs: T0,
  expiresAtMs: T0 + 86_400_000,
  category: "transactional",
  priority: "high",
  channels: ["mobilePush"],
  audience: "users",
  recipients: 3,
  buckets: 1,
  rules: { attempts: 3, unknown: "resend", window: 50 },
  doneBuckets: [],
  bodyChunks: 0,
  ...more,
});

function rowFor(header: Notification, people: readonly Candidate[], startKey: string, bucket = 0): PlanRow {
  const decided = people.map((candidate) => ({
    user: candidate.user,
    decision: decide({ category: header.category, channels: header.channels }, candidate, {
      configured: CONFIGURED,
    }),
  }));
  const counts = new Map<ProviderName, number>();
  for (const { provider } of decided.flatMap(({ decision }) => decision.targets))
    counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return {
    version: 1,
    bucket,
    startKey,
    nextKey: null,
    walked: people.length,
    records: encodeRecords(decided),
    jobs: [...counts].map(([provider, count]) => ({ id: `job-${provider}`, provider, count })),
    createdAtMs: T0 + 20,
  };
}

const ledgerOf = (jobId: string, more: Partial<Ledger>): Ledger => ({
  version: 1,
  jobId,
  digest: "",
  count: 1,
  state: "settled",
  owner: "o",
  revision: 3,
  leaseUntilMs: 0,
  startedThrough: 1,
  attempt: 1,
  passes: 1,
  crashes: 0,
  notBeforeMs: 0,
  updatedAtMs: T0 + 3_000,
  marks: new Uint8Array([MARK.accepted]),
  notes: {},
  ...more,
});

type World = {
  header?: Notification;
  body?: NotificationBody;
  row?: PlanRow | undefined;
  ledgers?: Ledger[];
  people?: Recipient[];
  paused?: boolean;
  climbs?: PlanRow[];
  receipts?: Receipts;
};

function portsFor(world: World): ExplainPorts {
  const header = world.header ?? notification();
  return {
    now: () => T0 + 5_000,
    get: async (_app, id) => (id === header.id ? header : undefined),
    body: async () =>
      world.body ?? { to: { users: PEOPLE.map(({ user }) => user) }, content: { title: "x" } },
    row: async () => world.row,
    climbs: async () => world.climbs ?? [],
    receipts: async () => world.receipts ?? {},
    ledger: async (_app, _id, _bucket, job) => world.ledgers?.find(({ jobId }) => jobId === job),
    recipient: async (_app, user) => (world.people ?? PEOPLE).find((person) => person.user === user),
    facts: async () => ({ configured: CONFIGURED, paused: world.paused ?? false }),
    codeTexts: (provider, status, reason) =>
      provider === "apns" && reason === "BadDeviceToken" && status === 400
        ? { en: "The device token is wrong.", zh: "设备令牌错误。" }
        : undefined,
  };
}

const planned = () =>
  rowFor(
    notification(),
    PEOPLE.map((recipient) => ({ user: recipient.user, recipient })),
    listKey(0),
  );

const ask = (world: World, user: string) => explainRecipient(portsFor(world), "a", "n1", user);

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

const LADDER = notification({ state: "sending", ladder: [{ channels: ["sms"], afterS: 300 }] });
const withPhone = PEOPLE.map((one) => ({ ...one, phone: "+4915112345678" }));
const pageOf = () =>
  rowFor(
    LADDER,
    withPhone.map((recipient) => ({ user: recipient.user, recipient })),
    listKey(0),
  );

test("a rung above: when it is tried, and that it was not needed once a device has told", async () => {
  const world = { header: LADDER, row: pageOf(), people: withPhone, ledgers: [ledgerOf("job-fcm", {})] };
  const waiting = await ask(world, "user01");
  const rung = waiting.evidence.find(({ channel }) => channel === "sms");
  assert.deepEqual([rung?.outcome, rung?.reason], ["skipped", "rung_waits"]);
  assert.equal(
    waiting.next?.en,
    "is tried by sms at 12:05:00 UTC on 3 May 2026 unless a device tells that it has arrived",
  );
  const told = await ask({ ...world, receipts: { delivered: T0 + 4_000, clicked: T0 + 9_000 } }, "user01");
  assert.match(told.sentence, /the user opened it at 12:00:09 UTC on 3 May 2026\.$/);
  assert.equal(told.evidence.find(({ channel }) => channel === "sms")?.reason, "rung_not_needed");
  assert.deepEqual(told.receipts, {
    delivered: new Date(T0 + 4_000).toISOString(),
    clicked: new Date(T0 + 9_000).toISOString(),
  });
  assert.equal(told.next, undefined);
});

test("a climb: both rungs stand in the account, with what became of each", async () => {
  const page = pageOf();
  const climber = withPhone[0]!;
  const climb = rowFor(
    notification({ channels: ["sms"] }),
    [{ user: climber.user, recipient: climber }],
    `${listKey(0)}!0001`,
  );
  const note = { status: 404, reason: "UNREGISTERED", atMs: T0 + 2_000 };
  const ledgers = [
    ledgerOf("job-fcm", { marks: new Uint8Array([MARK.gone]), notes: { 0: note } }),
    ledgerOf("job-sns", {}),
  ];
  const world = { header: LADDER, row: page, climbs: [climb], people: withPhone, ledgers };
  const { sentence, evidence } = await ask(world, "user01");
  assert.deepEqual(
    evidence.filter(({ outcome }) => outcome !== "skipped").map(({ channel, outcome }) => [channel, outcome]),
    [
      ["mobilePush", "gone"],
      ["sms", "accepted"],
    ],
  );
  assert.match(sentence, /^user01 was sent it: SNS accepted it for the phone number at 12:00:03 UTC/);
  assert.match(sentence, /the Pixel has a token that the provider no longer knows/);
});
