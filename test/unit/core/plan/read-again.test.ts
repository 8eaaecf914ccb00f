import assert from "node:assert/strict";
import { test } from "node:test";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import { planSlice } from "../../../../functions/core/plan/plan-slice.ts";
import { keyAfter, walkKey } from "../../../../functions/core/plan/shards.ts";
import { PAGE, walkPage } from "../../../../functions/core/plan/sources.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import { Killed, notificationOf, person, phone, planWorld } from "./world.ts";

/** A page that is read again, by a replay or by a ladder, while an app grows. */
const STARTED_MS = 50_000;

/** Users of a few shards, by shard; how many a request may ask for is counted. */
function shardsOf(shards: readonly Recipient[][]) {
  const limits: number[] = [];
  return {
    limits,
    onlineBetween: async () => new Set<string>(),
    shardPage: async (_app: string, shard: number, after: string, limit: number) => {
      limits.push(limit);
      return (shards[shard] ?? []).filter(({ user }) => user > after).slice(0, limit);
    },
  };
}

const name = (n: number) => `u${String(n).padStart(6, "0")}`;
const people = (from: number, to: number, createdAtMs: number) =>
  Array.from({ length: to - from }, (_, n) => person(name(from + n), [], createdAtMs));
const WALK = { app: "a", bucket: 0, to: 4, withConnections: false, createdBeforeMs: STARTED_MS };

test("who joined since is not of the page, and takes nobody's place in it, however many there are", async () => {
  const early = [0, 1, 2, 3].map((shard) => people(shard * 100_000 + 90_000, shard * 100_000 + 90_010, 1));
  const late = [0, 1, 2, 3].map((shard) =>
    people(shard * 100_000, shard * 100_000 + 2 * PAGE + 7, STARTED_MS),
  );
  const reader = shardsOf(early.map((own, shard) => [...late[shard]!, ...own]));
  const users = async (startKey: string, until: string | null) => {
    const page = await walkPage(reader, WALK, startKey, { until });
    assert.equal(page.nextKey, until);
    return page.candidates.map(({ user }) => user);
  };
  const all = early.flat().map(({ user }) => user);
  assert.deepEqual(await users(walkKey(0, ""), null), all);
  const [first, second] = [all[4]!, all[25]!];
  assert.deepEqual(await users(walkKey(0, ""), keyAfter(0, first)), all.slice(0, 5));
  assert.deepEqual(await users(keyAfter(0, first), keyAfter(2, second)), all.slice(5, 26));
  assert.deepEqual(await users(keyAfter(2, second), null), all.slice(26));
  assert.ok(Math.max(...reader.limits) <= PAGE, "no more at once than a page has");
});

test("a walk that died behind its row is planned again with all of its people, though the app has doubled", async () => {
  const early = Array.from({ length: 300 }, (_, n) => person(`early-${n}`, [phone("p")]));
  const late = people(0, 2 * PAGE + 500, STARTED_MS);
  const header = notificationOf({ audience: "everyone", buckets: 1, createdBeforeMs: STARTED_MS });
  const body = { to: { everyone: true as const }, content: { title: "t" } };
  const { world, ports } = planWorld(header, body, [...early, ...late]);
  const { shardPage } = ports.reader;
  const before: typeof shardPage = async (app, shard, after) =>
    (await shardPage(app, shard, after, Number.POSITIVE_INFINITY)).filter(
      ({ createdAtMs }) => createdAtMs < STARTED_MS,
    );
  const message = { ...planMessage(world.header), bucket: 0 };
  world.dieAt = 3; // the row stands, its jobs were never sent
  await assert.rejects(
    planSlice({ ...ports, reader: { ...ports.reader, shardPage: before } }, message, 0),
    Killed,
  );
  world.dieAt = 0;
  await planSlice(ports, message, 0);
  const sentTo = world.jobs.flatMap(({ targets }) => targets.map(([user]) => user));
  assert.deepEqual(sentTo.sort(), early.map(({ user }) => user).sort());
});
