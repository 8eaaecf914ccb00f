import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openLedger } from "../../functions/core/ledger/claim.ts";
import type { PlanRow } from "../../functions/core/plan/plan-row.ts";
import { listKey } from "../../functions/core/plan/shards.ts";
import { ledgerStore } from "../../functions/storage/ledgers.ts";
import { planRowStore } from "../../functions/storage/plan-rows.ts";
import { progressStore } from "../../functions/storage/progress.ts";
import { receiptStore } from "../../functions/storage/receipts.ts";
import { notificationOf } from "../unit/core/plan/world.ts";
import { startTables } from "./dynamodb-tables.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1, 12);
/** An id may be used again 30 days after its notification's end; DynamoDB deletes some days later. */
const AGAIN = T0 + 32 * DAY;

let nowMs = T0;
const now = () => nowMs;
let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const notificationAt = (atMs: number) =>
  notificationOf({ app: "again", id: "n1", createdAtMs: atMs, expiresAtMs: atMs + DAY });
const OLD = notificationAt(T0);
const NEW = notificationAt(AGAIN);

test("a job of a notification whose id was used before is sent: the old one's ledger is over", async () => {
  const ledgers = ledgerStore(engine.tables.delivery, now);
  const place = ({ app, id, expiresAtMs }: typeof OLD) => ({
    ...{ app, notification: id, bucket: 0, id: "job", expiresAtMs },
  });
  const rules = { attempts: 3, unknown: "resend", window: 50 } as const;
  const claim = { jobId: "job", digest: "d", count: 1, owner: "old", leaseMs: 35_000, rules };
  const ledger = openLedger({ ...claim, nowMs: T0 });
  nowMs = T0;
  assert.equal(await ledgers.open(place(OLD), ledger), undefined);
  nowMs = AGAIN;
  assert.equal(await ledgers.get("again", "n1", 0, "job"), undefined);
  assert.equal((await ledgers.many("again", "n1", 0, ["job"])).size, 0);
  assert.deepEqual(await all(ledgers.ofBucket(OLD, 0)), []);
  assert.equal(await ledgers.open(place(NEW), { ...ledger, owner: "new" }), undefined);
  assert.equal((await ledgers.open(place(NEW), { ...ledger, owner: "late" }))?.owner, "new");
  assert.equal((await all(ledgers.ofBucket(NEW, 0))).length, 1);
});

const rowOf = (startKey: string, walked: number): PlanRow => ({
  version: 1,
  bucket: 0,
  startKey,
  nextKey: null,
  walked,
  records: new Uint8Array([1]),
  jobs: [],
  createdAtMs: nowMs,
});

test("its pages are decided anew, and explained by its own rows", async () => {
  const rows = planRowStore(engine.tables.delivery, now);
  nowMs = T0;
  for (const at of [0, 25]) assert.equal(await rows.put(OLD, rowOf(listKey(at), 25)), undefined);
  assert.equal(await rows.putClimb(OLD, rowOf(`${listKey(0)}!0`, 1)), true);
  nowMs = AGAIN;
  assert.deepEqual(await rows.ofPage(NEW, 0, listKey(0)), []);
  assert.equal(await rows.covering(NEW, 0, listKey(30)), undefined);
  assert.equal(await rows.put(NEW, rowOf(listKey(0), 40)), undefined);
  assert.equal((await rows.put(NEW, rowOf(listKey(0), 41)))?.walked, 40);
  assert.equal((await rows.covering(NEW, 0, listKey(30)))?.walked, 40, "not the old list's second page");
  assert.equal((await all(rows.ofBucket(NEW, 0))).length, 1);
  assert.equal(await rows.putClimb(NEW, rowOf(`${listKey(0)}!0`, 1)), true);
});

test("its progress begins with nothing, whether a page or a job comes first", async () => {
  const progress = progressStore(engine.tables.delivery, now);
  const page = { bucket: 0, startKey: listKey(0), nextKey: null, jobs: 2, holds: 0, targets: 7, walked: 9 };
  const close = ({ app, id, expiresAtMs }: typeof OLD, jobId: string) =>
    progress.addClosed(app, id, 0, { jobId, counts: { "sms.sns.accepted": 1 } }, expiresAtMs / 1000);
  for (const id of ["pageFirst", "jobFirst"]) {
    const [old, again] = [
      { ...OLD, id },
      { ...NEW, id },
    ];
    nowMs = T0;
    await progress.movePage(old, page);
    await close(old, "one");
    assert.equal((await close(old, "two")).closed, 2);
    nowMs = AGAIN;
    assert.equal(await progress.get("again", id, 0), undefined);
    if (id === "jobFirst") assert.equal((await close(again, "one")).closed, 1);
    assert.equal((await progress.movePage(again, page))?.planned, 2);
    assert.equal(await progress.movePage(again, page), undefined, "counted once");
    const after = await close(again, "one");
    assert.deepEqual(after.counts, { "sms.sns.accepted": 1 });
    assert.deepEqual([after.closed, after.planned, after.targets, after.planDone], [1, 2, 7, true]);
  }
});

test("receipts of the notification before are not this one's: nobody counts as reached by them", async () => {
  const receipts = receiptStore(engine.tables.delivery, now);
  const place = { app: "again", id: "n1", bucket: 0 };
  const told = async (event: "delivered" | "read", atMs: number, expiresAtMs: number) => {
    const isFirst = await receipts.add({ ...place, user: "ann", expiresAtMs }, event, atMs);
    if (isFirst) await receipts.count({ ...place, part: 0 }, expiresAtMs, event, 1);
    return isFirst;
  };
  const counted = () => receipts.counts("again", "n1", { buckets: 1, parts: 1 });
  nowMs = T0;
  assert.equal(await told("delivered", T0, OLD.expiresAtMs), true);
  assert.equal(await told("read", T0, OLD.expiresAtMs), true);
  nowMs = AGAIN;
  assert.deepEqual(await receipts.of(place, "ann"), {});
  assert.deepEqual(await receipts.among(place, ["ann"]), new Set());
  assert.deepEqual(await counted(), {});
  assert.equal(await told("delivered", AGAIN, NEW.expiresAtMs), true);
  assert.equal(await told("delivered", AGAIN + 1, NEW.expiresAtMs), false);
  assert.deepEqual(await receipts.of(place, "ann"), { delivered: AGAIN });
  assert.deepEqual(await counted(), { delivered: 1 });
});
