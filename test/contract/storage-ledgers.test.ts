import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openLedger } from "../../functions/core/ledger/claim.ts";
import type { Ledger } from "../../functions/core/ledger/ledger.ts";
import { ledgerStore } from "../../functions/storage/ledgers.ts";
import { startTables } from "./dynamodb-tables.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
const now = () => T0;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

test("a ledger is written only by who read its last revision", async () => {
  const ledgers = ledgerStore(engine.tables.delivery, now);
  const place = { app: "l", notification: "n", bucket: 0, id: "job", expiresAtMs: now() };
  const ledger: Ledger = {
    version: 1,
    jobId: "job",
    digest: "d",
    count: 3,
    state: "leased",
    owner: "one",
    revision: 1,
    leaseUntilMs: now(),
    startedThrough: 3,
    attempt: 1,
    passes: 1,
    crashes: 0,
    notBeforeMs: 0,
    updatedAtMs: now(),
    marks: new Uint8Array([1, 2, 0]),
    notes: { 1: { status: 410, reason: "Unregistered", atMs: now() } },
  };
  assert.equal(await ledgers.open(place, ledger), undefined);
  assert.equal((await ledgers.open(place, { ...ledger, owner: "two" }))?.owner, "one");
  assert.equal(await ledgers.replace(place, { ...ledger, revision: 2, owner: "two" }), true);
  assert.equal(await ledgers.replace(place, { ...ledger, revision: 2, owner: "one" }), false);
  assert.equal(await ledgers.replace(place, { ...ledger, revision: 2, owner: "two" }), true);
  const read = await ledgers.get("l", "n", 0, "job");
  assert.deepEqual([...read!.marks], [1, 2, 0]);
  assert.deepEqual(read!.notes, ledger.notes);
});

test("a ledger's write that is refused is tried again as long as it may be, and written once", async () => {
  const { delivery } = engine.tables;
  let refusals = 3;
  const put: typeof delivery.put = (...call) => {
    if (refusals-- > 0) return Promise.reject(new Error("throttled"));
    return delivery.put(...call);
  };
  const ledgers = ledgerStore({ ...delivery, put }, now);
  const place = { app: "l", notification: "n", bucket: 0, id: "refused", expiresAtMs: now() };
  const rules = { attempts: 3, unknown: "resend", window: 3 } as const;
  const claim = { jobId: "refused", digest: "d", count: 3, owner: "one", nowMs: now(), leaseMs: 1, rules };
  const ledger = openLedger(claim);
  await ledgerStore(delivery, now).open(place, ledger);
  const pauses: number[] = [];
  const mayWait = (pauseMs: number) => pauses.push(pauseMs) <= 3;
  assert.equal(await ledgers.replace(place, { ...ledger, revision: 2 }, mayWait), true);
  assert.equal(pauses.length, 3);
  assert.ok(pauses[2]! > pauses[0]!, "they grow");
  assert.equal((await ledgers.get("l", "n", 0, "refused"))?.revision, 2);
  refusals = 3;
  await assert.rejects(ledgers.replace(place, { ...ledger, revision: 3 }), /throttled/);
  assert.equal(refusals, 2, "nobody may wait: one try");
});

test("a claim whose answer was lost is known to stand; one that was refused, or lost to another, is not", async () => {
  const { delivery } = engine.tables;
  let isDone = true;
  const put: typeof delivery.put = async (...call) => {
    if (isDone) await delivery.put(...call);
    throw new Error("timed out");
  };
  const lossy = ledgerStore({ ...delivery, put }, now);
  const place = { app: "l", notification: "n", bucket: 0, id: "lost", expiresAtMs: now() };
  const rules = { attempts: 3, unknown: "leave", window: 3 } as const;
  const ledger = openLedger({
    jobId: "lost",
    digest: "d",
    count: 3,
    owner: "one",
    nowMs: 0,
    leaseMs: 1,
    rules,
  });
  assert.equal(await lossy.open(place, ledger), undefined, "ours");
  await assert.rejects(lossy.open(place, { ...ledger, owner: "two" }), /timed out/);
  assert.equal(await lossy.replace(place, { ...ledger, revision: 2, owner: "three" }), true);
  await assert.rejects(lossy.replace(place, { ...ledger, revision: 2, owner: "two" }), /timed out/);
  isDone = false;
  await assert.rejects(lossy.replace(place, { ...ledger, revision: 3, owner: "three" }), /timed out/);
  await assert.rejects(lossy.open({ ...place, id: "never" }, { ...ledger, jobId: "never" }), /timed out/);
  assert.equal((await lossy.get("l", "n", 0, "lost"))?.owner, "three");
});
