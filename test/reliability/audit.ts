import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { providerMessageId } from "../../functions/core/hash.ts";
import { isOpen, type Mark, type MarkName, markName } from "../../functions/core/ledger/mark.ts";
import {
  isClosed,
  type Notification,
  type Progress,
} from "../../functions/core/notification/notification.ts";
import type { PlannedJob } from "../../functions/core/plan/plan-row.ts";
import { headerStore } from "../../functions/storage/headers.ts";
import { ledgerStore } from "../../functions/storage/ledgers.ts";
import { planRowStore } from "../../functions/storage/plan-rows.ts";
import { progressStore } from "../../functions/storage/progress.ts";
import { table } from "../../functions/storage/table.ts";
import { tableNamed, type World } from "../e2e/harness.ts";

export type Audited = {
  targets: number;
  /** Requests to the provider beyond one per target. */
  extra: number;
  marks: Partial<Record<MarkName, number>>;
};

/** What may be sent twice: nothing, unless answers were lost or workers killed. */
export type Allowance = { extra: number };

/**
 * Joins what was accepted, planned, written in ledgers and counted with what the fake APNs received.
 * @throws AssertionError that names the invariant (docs/reliability.md) and the notification
 */
export async function audit(
  world: World,
  app: string,
  ids: readonly string[],
  allowed: Allowance,
): Promise<Audited> {
  const stores = openStores(world);
  const received = receivedByMessage(world);
  const found: Audited = { targets: 0, extra: 0, marks: {} };
  for (const id of ids) {
    const header = await stores.headers.get(app, id, true);
    assert.ok(header, `I1 ${id}: accepted, and no header stands`);
    assert.equal(header.due, undefined, `I1 ${id}: somebody still watches over it (${header.state})`);
    for (let bucket = 0; bucket < (header.buckets ?? 0); bucket++)
      await auditBucket({ ...stores, received, found }, header, bucket);
  }
  assert.ok(
    found.extra <= allowed.extra,
    `I3: ${found.extra} requests too many, ${allowed.extra} were to be expected`,
  );
  return found;
}

type Stores = ReturnType<typeof makeStores>;
type Reading = Stores & { received: Map<string, number>; found: Audited };

/** One client a world: each keeps its sockets, and long campaigns ask thousands of times. */
const opened = new WeakMap<World, Stores>();

export function openStores(world: World): Stores {
  const stores = opened.get(world) ?? makeStores(world);
  opened.set(world, stores);
  return stores;
}

function makeStores(world: World) {
  const { door, deployment, clock } = world.runtime;
  const client = new DynamoDBClient({
    endpoint: door.url,
    region: deployment.region,
    credentials: door.adminCredentials(),
  });
  const delivery = table(client, tableNamed(world, "Delivery"));
  const now = () => clock.now();
  return {
    headers: headerStore(delivery, now),
    rows: planRowStore(delivery, now),
    ledgers: ledgerStore(delivery, now),
    progress: progressStore(delivery, now),
  };
}

/** APNs requests that were taken, by their id. */
function receivedByMessage({ fakes }: World): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { headers, status } of fakes.apns.received) {
    const id = headers["apns-id"];
    if (status === 200 && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

async function auditBucket(reading: Reading, header: Notification, bucket: number): Promise<void> {
  const { rows, progress } = reading;
  const state = await progress.of(header, bucket);
  // Cancelled before its time: there is nothing that anybody could have sent.
  if (header.state === "cancelled" && state === undefined) return;
  assert.ok(state?.planDone, `I1 ${header.id}/${bucket}: its plan was never finished`);
  const counted = { ...state.counts };
  for await (const row of rows.ofBucket(header, bucket))
    for (const job of row.jobs) await auditJob(reading, header, bucket, { job, state, counted });
  const wrong = Object.entries(counted).filter(([, count]) => count !== 0);
  assert.deepEqual(wrong, [], `I1 ${header.id}/${bucket}: the counters differ from the ledgers`);
}

type JobPlace = { job: PlannedJob; state: Progress; counted: Record<string, number> };

async function auditJob(
  reading: Reading,
  header: Notification,
  bucket: number,
  place: JobPlace,
): Promise<void> {
  const { job, state, counted } = place;
  const name = `${header.id}/${bucket}/${job.id}`;
  const ledger = await reading.ledgers.get(header.app, header.id, bucket, job.id);
  assert.ok(ledger, `I1 ${name}: no worker ever took it`);
  assert.equal(ledger.state, "settled", `I1 ${name}: left ${ledger.state}`);
  assert.ok(isClosed(state, job.id), `I1 ${name}: settled and never counted`);
  assert.equal(ledger.marks.length, job.count, `I1 ${name}: targets are missing`);
  for (const [position, code] of ledger.marks.entries()) {
    const mark = markName(code as Mark);
    assert.ok(!isOpen(code as Mark), `I1 ${name}[${position}] is still ${mark}`);
    const times = reading.received.get(providerMessageId(job.id, position)) ?? 0;
    if (mark === "accepted")
      assert.ok(times >= 1, `I2 ${name}[${position}]: called accepted, never received`);
    else if (times > 0)
      assert.equal(mark, "unknown", `I2 ${name}[${position}]: received, and called ${mark}`);
    reading.found.extra += Math.max(0, times - 1);
    reading.found.targets++;
    reading.found.marks[mark] = (reading.found.marks[mark] ?? 0) + 1;
    const counter = Object.keys(counted).find((key) => key.endsWith(`.${job.provider}.${mark}`));
    assert.ok(counter, `I1 ${name}[${position}]: ${mark} is not counted`);
    counted[counter]!--;
  }
}
