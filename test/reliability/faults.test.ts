import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, startWorld, tableNamed, until, type World } from "../e2e/harness.ts";
import { audit } from "./audit.ts";
import { allEnd as allEndInTime, type Campaign, prepare, send } from "./campaign.ts";
import { crowd } from "./probe.ts";

let world: World;
let campaign: Campaign;
before(async () => {
  world = await startWorld();
  campaign = await prepare(world, "faults");
});
after(() => world.close());

const PEOPLE = Array.from({ length: 40 }, (_, n) => `r${n}`);
let sent = 0;

/** Posts lists of a few people each; their ids. */
async function post(count: number, people = 4): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = `${campaign.app.id}-${sent++}`;
    const users = Array.from({ length: people }, (_, k) => PEOPLE[(sent * people + k) % PEOPLE.length]);
    const body = { id, to: { users }, channels: ["mobilePush"], content: { title: id } };
    // A throttled request is answered 503 and nothing was accepted: a caller comes again under the same id.
    await until(`${id} is accepted`, async () => {
      const { status } = await campaign.app.api.call("POST", "/v1/notifications", body);
      assert.ok(status === 202 || status === 503, `answered ${status}`);
      return status === 202;
    });
    ids.push(id);
  }
  return ids;
}

async function allEnd(ids: readonly string[], minutes = 0): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) await world.advance(60_000);
  for (const id of ids) await ended(campaign.app, id, 30_000);
}

test("5 % of the messages twice and all in any order: nothing is sent twice", async () => {
  for (const { name } of world.runtime.deployment.queues)
    world.runtime.door.faults.sqs.set(name, { duplicatePercent: 5, reorder: true });
  const ids = await post(60);
  await allEnd(ids);
  for (const { name } of world.runtime.deployment.queues) world.runtime.door.faults.sqs.set(name, {});
  const found = await audit(world, campaign.app.id, ids, { extra: 0 });
  assert.equal(found.marks.accepted, found.targets);
});

test("every tenth answer is lost: sent again under the same id, within the attempts", async () => {
  const before = world.fakes.apns.received.length;
  world.fakes.faults.set({ provider: "apns", kind: "loseAnswer", percent: 10 });
  const ids = await post(30);
  await allEnd(ids, 3);
  world.fakes.faults.clear();
  await allEnd(ids, 2);
  const TARGETS = 30 * 4;
  const found = await audit(world, campaign.app.id, ids, { extra: TARGETS });
  assert.ok(found.extra > 0, "no answer was lost");
  const kept = new Map<string, unknown[]>();
  for (const { headers } of world.fakes.apns.received.slice(before)) {
    const id = String(headers["apns-id"]);
    kept.set(id, [...(kept.get(id) ?? []), headers["apns-collapse-id"]]);
  }
  for (const collapse of kept.values()) {
    assert.equal(new Set(collapse).size, 1, "a duplicate must replace itself");
    assert.ok(
      collapse.length <= 3,
      `${collapse.length} requests for one target that may be tried three times`,
    );
  }
});

test("APNs answers 503 for ten minutes: every target is accepted once or said to have failed", async () => {
  world.fakes.faults.set({ provider: "apns", kind: "status", status: 503, forMs: 600_000 });
  world.expectTrouble(/invocation timed out/);
  const ids = await post(10);
  for (let minute = 0; minute < 11; minute++) await world.advance(60_000);
  world.fakes.faults.clear();
  await allEnd(ids, 5);
  const found = await audit(world, campaign.app.id, ids, { extra: 0 });
  // Three attempts are over before ten minutes are: that is said, not hidden.
  assert.equal((found.marks.accepted ?? 0) + (found.marks.failed ?? 0), found.targets);
});

test("tables that throttle every fifth call and leave keys unprocessed: nothing is lost, nothing sent twice", async () => {
  world.expectTrouble(/Throttled on demand|ProvisionedThroughputExceeded|unprocessed/);
  const { dynamodb } = world.runtime.door.faults;
  const ends = ["Delivery", "Directory", "Guard"].flatMap((name) => [
    dynamodb.throttle({ table: tableNamed(world, name), percent: 20 }),
    dynamodb.unprocessed({ table: tableNamed(world, name), percent: 20 }),
  ]);
  const ids = await post(20);
  await world.advance(60_000);
  for (const end of ends) end();
  await allEnd(ids, 3);
  const found = await audit(world, campaign.app.id, ids, { extra: 0 });
  assert.equal(found.marks.accepted, found.targets);
});

test("what changed since the plan cannot be read for longer than a lease: nothing that was not sent is called unknown", async () => {
  world.expectTrouble(/Throttled on demand|ProvisionedThroughputExceeded|unprocessed/);
  const { dynamodb } = world.runtime.door.faults;
  await world.admin.ok("PATCH", `/v1/apps/${campaign.app.id}`, {
    categories: { codes: { unknown: "leave" } },
  });
  const end = dynamodb.throttle({ table: tableNamed(world, "Guard"), pkPrefix: "recent#" });
  const ids = [`${campaign.app.id}-unread-1`, `${campaign.app.id}-unread-2`];
  for (const id of ids) await send(campaign, id, PEOPLE.slice(0, 8), { category: "codes" });
  for (let step = 0; step < 3; step++) await world.advance(15_000);
  end();
  await allEndInTime(campaign, ids);
  const found = await audit(world, campaign.app.id, ids, { extra: 0 });
  assert.deepEqual([found.targets, found.marks.accepted], [16, 16]);
});

test("half of the entries of a batch are refused: the others are not sent again, and none is lost", async () => {
  world.expectTrouble(/Refused on demand|could not be sent|not sent|InternalError/);
  const users = await crowd(campaign.app, 2_000);
  const { queues } = world.runtime.deployment;
  for (const { name } of queues) world.runtime.door.faults.sqs.set(name, { refusedPercent: 50 });
  const ids = Array.from({ length: 5 }, (_, n) => `${campaign.app.id}-refused-${n}`);
  for (const id of ids) await send(campaign, id, users);
  await world.advance(60_000);
  for (const { name } of queues) world.runtime.door.faults.sqs.set(name, {});
  await allEndInTime(campaign, ids);
  const found = await audit(world, campaign.app.id, ids, { extra: 0 });
  assert.deepEqual([found.targets, found.marks.accepted], [10_000, 10_000]);
});
