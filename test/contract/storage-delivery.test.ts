import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cancelNotifications } from "../../functions/core/api/cancel-notifications.ts";
import { listNotifications } from "../../functions/core/api/list-notifications.ts";
import type { Notification } from "../../functions/core/notification/notification.ts";
import type { PlanRow } from "../../functions/core/plan/plan-row.ts";
import { listKey } from "../../functions/core/plan/shards.ts";
import { headerStore } from "../../functions/storage/headers.ts";
import { notificationIndex } from "../../functions/storage/notification-index.ts";
import { planRowStore } from "../../functions/storage/plan-rows.ts";
import { progressStore } from "../../functions/storage/progress.ts";
import { receiptStore } from "../../functions/storage/receipts.ts";
import { startTables } from "./dynamodb-tables.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
const now = () => T0;
const TTL = T0 / 1000 + 86_400;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

function header(app: string, id: string, more: Partial<Notification> = {}): Notification {
  return {
    version: 1,
    app,
    id,
    state: "accepted",
    revision: 1,
    fingerprint: "f",
    createdAtMs: now(),
    expiresAtMs: now() + 86_400_000,
    category: "transactional",
    priority: "high",
    channels: ["inApp"],
    audience: "users",
    recipients: 1,
    buckets: 1,
    rules: { attempts: 3, unknown: "resend", window: 50 },
    doneBuckets: [],
    bodyChunks: 0,
    ...more,
  };
}

test("a header is committed once, cancelled once, and not changed once it is no longer scheduled", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  assert.equal(await headers.create(header("h", "n1")), undefined);
  assert.equal((await headers.create(header("h", "n1", { fingerprint: "g" })))?.fingerprint, "f");
  assert.equal((await headers.cancel("h", "n1"))?.state, "cancelled");
  assert.equal(await headers.cancel("h", "n1"), undefined);
  const timed = header("h", "n2", { state: "scheduled", sendAtMs: now() + 60_000 });
  await headers.create(timed);
  assert.equal(await headers.change({ ...timed, revision: 2, sendAtMs: now() + 90_000 }), true);
  assert.equal(await headers.change({ ...timed, revision: 2 }), false);
  await headers.cancel("h", "n2");
  assert.equal(await headers.change({ ...timed, revision: 3 }), false);
});

test("a list has every notification of the app once, newest first, page by page, by filter", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const day = 86_400_000;
  const made = Array.from({ length: 23 }, (_, index) => ({
    id: `l${String(index).padStart(2, "0")}`,
    createdAtMs: T0 - index * (day / 4),
    category: index % 2 ? "marketing" : "social",
  }));
  for (const { id, ...rest } of made) await headers.create(header("list", id, rest));
  await headers.create(header("other", "foreign", { createdAtMs: T0 }));
  const ports = notificationIndex(engine.tables.delivery);
  const page = { app: "list", fromMs: T0 - 30 * day, toMs: T0 };
  const all: string[] = [];
  for (let place: Awaited<ReturnType<typeof listNotifications>>["next"], first = true; first || place; ) {
    const { rows, next } = await listNotifications(ports, { ...page, limit: 4 }, place);
    all.push(...rows.map(({ id }) => id));
    place = next;
    first = false;
  }
  assert.deepEqual(
    all,
    made.map(({ id }) => id),
  );
  const few: string[] = [];
  for (let place: Awaited<ReturnType<typeof listNotifications>>["next"], first = true; first || place; ) {
    const found = await listNotifications(ports, { ...page, limit: 5, category: "marketing" }, place);
    few.push(...found.rows.map(({ id }) => id));
    place = found.next;
    first = false;
  }
  assert.deepEqual(
    few,
    made.filter(({ category }) => category === "marketing").map(({ id }) => id),
    "a day holds more of a category than a page shows",
  );
  const { rows } = await listNotifications(ports, { ...page, limit: 50, category: "social" });
  assert.equal(rows.length, 12);
  const cancelled = await cancelNotifications(
    {
      ...ports,
      now: () => T0,
      get: (app, id) => headers.get(app, id, true),
      cancel: headers.cancel,
      deleteSchedule: async () => undefined,
      report: () => undefined,
    },
    { id: "list", createdAtMs: 0 },
    { category: "marketing" },
  );
  assert.equal(cancelled.ids.length, 11);
  assert.equal((await headers.get("list", "l00"))?.state, "accepted");
});

test("a job's outcomes are counted once, however often they are added", async () => {
  const progress = progressStore(engine.tables.delivery, now);
  const closed = { jobId: "j1", counts: { "inApp.websocket.accepted": 2 } };
  const all = await Promise.all(
    Array.from({ length: 5 }, () => progress.addClosed("c", "n", 0, closed, TTL)),
  );
  assert.equal(all.filter(({ counted }) => counted).length, 1, "the others are told so");
  const other = { jobId: "j2", counts: { "inApp.websocket.accepted": 1, "mobilePush.fcm.gone": 4 } };
  const after = await progress.addClosed("c", "n", 0, other, TTL);
  assert.equal(after.counted, true);
  assert.equal((await progress.get("c", "n", 0))?.counted, undefined);
  assert.equal(after.closed, 2);
  assert.deepEqual(after.counts, { "inApp.websocket.accepted": 3, "mobilePush.fcm.gone": 4 });
});

const rowOf = (jobs: PlanRow["jobs"]): PlanRow => ({
  version: 1,
  bucket: 0,
  startKey: listKey(0),
  nextKey: null,
  walked: 2,
  records: new Uint8Array([1, 2, 3]),
  jobs,
  createdAtMs: T0,
});
const due = { atMs: T0 + 60_000, step: 0, what: "plan" as const };
const accepted = (jobId: string) => ({ jobId, counts: { "inApp.websocket.accepted": 2 } });

test("a short list's plan row rides in its header, and its only job ends it in one write", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const row = rowOf([{ id: "j1", provider: "websocket", count: 2 }]);
  await headers.create(header("in", "n1", { state: "sending", row, due }));
  const stored = await headers.get("in", "n1", true);
  assert.deepEqual(stored?.row, row);
  assert.deepEqual(await planRowStore(engine.tables.delivery, now).covering(stored!, 0, "x"), row);
  assert.equal(stored?.progress?.targets, 2);
  assert.equal(stored?.progress?.closed, 0);
  const place = { app: "in", id: "n1" };
  const all = await Promise.all(
    Array.from({ length: 4 }, () => headers.closeInHeader(place, accepted("j1"), { only: true })),
  );
  assert.equal(all.filter(({ ended }) => ended).length, 1);
  assert.equal(all.filter(({ counted }) => counted).length, 1);
  const after = await headers.get("in", "n1", true);
  assert.equal(after?.state, "completed");
  assert.equal(after?.due, undefined);
  assert.deepEqual(after?.progress?.counts, { "inApp.websocket.accepted": 2 });
  assert.deepEqual([...after!.progress!.closedJobs], ["j1"]);
});

test("a short list's jobs are counted in a header that was cancelled meanwhile, which stays cancelled", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const row = rowOf([{ id: "j1", provider: "websocket", count: 2 }]);
  await headers.create(header("in", "n2", { state: "sending", row, due }));
  await headers.cancel("in", "n2");
  const closed = await headers.closeInHeader({ app: "in", id: "n2" }, accepted("j1"), { only: true });
  assert.deepEqual([closed.ended, closed.counted, closed.closed], [undefined, true, 1]);
  assert.equal((await headers.get("in", "n2", true))?.state, "cancelled");
});

test("a ladder's hold closes with the only job, in one write; told again it changes nothing", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const row = { ...rowOf([{ id: "j1", provider: "apns", count: 2 }]), ladder: true as const };
  await headers.create(header("in", "n4", { state: "sending", row, due }));
  const place = { app: "in", id: "n4" };
  const both = { ...accepted("j1"), hold: "hold" };
  const all = await Promise.all(
    Array.from({ length: 4 }, () => headers.closeInHeader(place, both, { only: true })),
  );
  assert.equal(all.filter(({ ended }) => ended).length, 1);
  const after = await headers.get("in", "n4", true);
  assert.deepEqual([after?.state, after?.progress?.planned, after?.progress?.closed], ["completed", 2, 2]);
  await headers.closeInHeader(place, { hold: "hold", counts: {} }, { only: false });
  const again = (await headers.get("in", "n4", true))?.progress;
  assert.deepEqual([again?.closed, again?.held], [2, 0]);
});

test("a ladder's hold keeps a header open though a climb's job has closed before it was counted", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const row = { ...rowOf([{ id: "j1", provider: "apns", count: 1 }]), ladder: true as const };
  await headers.create(header("in", "n5", { state: "sending", row, due }));
  const place = { app: "in", id: "n5" };
  await headers.closeInHeader(place, accepted("j1"), { only: false });
  const early = await headers.closeInHeader(place, accepted("climbed"), { only: false });
  assert.deepEqual([early.closed, early.planned, early.held], [2, 2, 1]);
  await headers.addClimb("in", "n5", { key: "k", jobs: 1, targets: 1 });
  const last = await headers.closeInHeader(place, { hold: "hold", counts: {} }, { only: false });
  assert.deepEqual([last.closed, last.planned, last.held], [3, 3, 0]);
});

test("of several jobs in a header none ends it by itself", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const jobs = ["j1", "j2"].map((id) => ({ id, provider: "websocket" as const, count: 2 }));
  await headers.create(header("in", "n3", { state: "sending", row: rowOf(jobs), due }));
  const place = { app: "in", id: "n3" };
  await headers.closeInHeader(place, accepted("j1"), { only: false });
  const last = await headers.closeInHeader(place, accepted("j2"), { only: false });
  assert.deepEqual([last.closed, last.planned, last.planDone, last.counted], [2, 2, true, true]);
  const again = await headers.closeInHeader(place, accepted("j2"), { only: false });
  assert.deepEqual([again.closed, again.counted], [2, undefined]);
  assert.equal((await headers.get("in", "n3", true))?.state, "sending");
});

test("an event of a person is remembered once, and people are counted over all buckets", async () => {
  const receipts = receiptStore(engine.tables.delivery, now);
  const [expiresAtMs, of] = [now() + 86_400_000, { app: "told", id: "n", bucket: 0 }];
  const add = (user: string, event: "delivered" | "clicked", atMs: number) =>
    receipts.add({ ...of, user, expiresAtMs }, event, atMs);
  assert.equal(await add("ann", "delivered", T0), true);
  assert.equal(await add("ann", "delivered", T0 + 5_000), false);
  assert.equal(await add("ann", "clicked", T0 + 6_000), true);
  assert.equal(await add("bob", "delivered", T0), true);
  await receipts.count({ ...of, part: 0 }, expiresAtMs, "delivered", 1);
  await receipts.count({ ...of, part: 1 }, expiresAtMs, "delivered", 1);
  await receipts.count({ ...of, part: 1 }, expiresAtMs, "clicked", 1);
  await receipts.count({ ...of, bucket: 2, part: 0 }, expiresAtMs, "delivered", 1);
  assert.deepEqual(await receipts.counts("told", "n", { buckets: 3, parts: 2 }), {
    delivered: 3,
    clicked: 1,
  });
  assert.deepEqual(await receipts.counts("told", "n", { buckets: 1, parts: 2 }), {
    delivered: 2,
    clicked: 1,
  });
  assert.deepEqual(await receipts.counts("told", "other", { buckets: 1, parts: 1 }), {});
  assert.deepEqual(await receipts.of(of, "ann"), { delivered: T0, clicked: T0 + 6_000 });
  assert.deepEqual([...(await receipts.among(of, ["ann", "bob", "cid"]))].sort(), ["ann", "bob"]);
});
