import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Job } from "../../../../functions/core/dispatch/job.ts";
import { deviceHash, shardOf, userHash } from "../../../../functions/core/hash.ts";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import { decide, INBOX } from "../../../../functions/core/plan/decide.ts";
import { decodeRecords, encodeRecords, locate } from "../../../../functions/core/plan/plan-row.ts";
import { planSlice } from "../../../../functions/core/plan/plan-slice.ts";
import { bucketOfShard, shardRange, walkerCount, walkKey } from "../../../../functions/core/plan/shards.ts";
import { planToEnd } from "./plan-to-end.ts";
import { browser, Killed, notificationOf, person, phone, planWorld, withTwoRoads } from "./world.ts";

const ALL = new Set(["apns", "fcm", "webpush", "websocket"] as const);

test("decide: a phone with two provider tokens rings once, by its maker's road first", () => {
  const both = phone("p1");
  both.tokens.push({ kind: "fcmToken", token: "f", hash: "f", registeredAtMs: 1 });
  const { targets } = decide(
    { category: "transactional", channels: ["mobilePush"] },
    { user: "u", recipient: person("u", [both]) },
    { configured: ALL },
  );
  assert.deepEqual(
    targets.map(({ provider }) => provider),
    ["apns"],
  );
  const noApns = decide(
    { category: "transactional", channels: ["mobilePush"] },
    { user: "u", recipient: person("u", [both]) },
    { configured: new Set(["fcm"] as const) },
  );
  assert.deepEqual(
    noApns.targets.map(({ provider }) => provider),
    ["fcm"],
  );
});

test("decide: what a provider fans out needs that provider and nothing else", () => {
  const question = { category: "transactional", channels: ["mobilePush"] as const };
  const fanOut = { kind: "fcmTopic", name: "news" } as const;
  const decided = (...configured: ("apns" | "fcm")[]) =>
    decide(question, { user: "", fanOut }, { configured: new Set(configured) });
  assert.deepEqual(decided("apns", "fcm").targets, [{ provider: "fcm", device: "", fanOut }]);
  assert.deepEqual([decided("apns").reason, decided("apns").targets], ["channel_not_configured", []]);
});

test("decide: everybody passed over has a reason", () => {
  const inactive = { ...phone("p"), status: "inactive" as const };
  const cases: [Parameters<typeof decide>[1], string][] = [
    [{ user: "u" }, "no_such_user"],
    [{ user: "u", recipient: person("u", []) }, "no_device"],
    [{ user: "u", recipient: person("u", [inactive]) }, "device_inactive"],
    [{ user: "u", recipient: person("u", [phone("p")], 99_999) }, "joined_later"],
    [{ user: "u", recipient: person("u", [browser("b")]) }, "no_token_for_channel"],
    [{ user: "u", recipient: person("u", [phone("p")]), onlyDevices: ["other"] }, "no_such_device"],
  ];
  for (const [candidate, reason] of cases) {
    const decision = decide(
      { category: "transactional", channels: ["mobilePush"], createdBeforeMs: 50_000 },
      candidate,
      {
        configured: ALL,
      },
    );
    assert.equal(decision.reason, reason);
    assert.equal(decision.targets.length, 0);
  }
});

test("decide: in-app goes to the inbox of a named user and to the open sockets of a walk", () => {
  const question = { category: "transactional", channels: ["inApp"] as const };
  const recipient = person("u", []);
  assert.equal(decide(question, { user: "u", recipient }, { configured: ALL }).targets[0]?.device, INBOX);
  assert.equal(
    decide(question, { user: "u", recipient, online: true }, { configured: ALL }).targets.length,
    1,
  );
  assert.equal(
    decide(question, { user: "u", recipient, online: false }, { configured: ALL }).reason,
    "not_connected",
  );
});

test("plan rows: what is encoded is decoded, and every target has exactly one place", () => {
  const people = fc.array(
    fc.record({
      name: fc.stringMatching(/^[0-9a-f]{1,8}$/),
      phones: fc.nat(3),
      web: fc.nat(2),
      roads: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(people, (drawn) => {
      const decided = drawn.map(({ name, phones, web, roads }, index) => {
        const user = `${name}-${index}`;
        const devices = [
          ...Array.from({ length: phones }, (_, n) => phone(`p${n}`, n % 2 ? "fcmToken" : "apns")),
          ...Array.from({ length: web }, (_, n) => browser(`b${n}`)),
          ...(roads ? [withTwoRoads("twin")] : []),
        ];
        return {
          user,
          decision: decide(
            { category: "transactional", channels: ["mobilePush", "webPush"] },
            { user, recipient: person(user, devices) },
            { configured: ALL },
          ),
        };
      });
      const records = encodeRecords(decided);
      const decoded = [...decodeRecords(records)];
      assert.equal(decoded.length, decided.length);
      for (const [index, record] of decoded.entries()) {
        assert.deepEqual(record.userHash, userHash(decided[index]!.user));
        assert.equal(record.reason, decided[index]!.decision.reason);
        const wanted = decided[index]!.decision.targets.map(({ provider, device, otherRoad }) => ({
          provider,
          deviceHash: deviceHash(decided[index]!.user, device),
          ...(otherRoad && { otherRoad }),
        }));
        assert.deepEqual(record.targets, wanted);
      }
      const counts = new Map<string, number>();
      for (const { decision } of decided)
        for (const { provider } of decision.targets) counts.set(provider, (counts.get(provider) ?? 0) + 1);
      const jobs = [...counts].flatMap(([provider, count]) => {
        const first = Math.ceil(count / 2);
        return [first, count - first]
          .filter((size) => size > 0)
          .map((size, n) => ({ id: `${provider}${n}`, provider: provider as "apns", count: size }));
      });
      const row = {
        version: 1 as const,
        bucket: 0,
        startKey: "0",
        nextKey: null,
        walked: 0,
        records,
        jobs,
        createdAtMs: 0,
      };
      const places = [...locate(row)].flatMap((found) =>
        found.places.map(({ job, position }) => `${job.id}/${position}`),
      );
      assert.equal(new Set(places).size, places.length);
      assert.equal(
        places.length,
        jobs.reduce((sum, { count }) => sum + count, 0),
      );
    }),
  );
});

const targetsOf = (jobs: readonly Job[]): Map<string, string> =>
  new Map(
    jobs.flatMap((job) =>
      job.targets.map(([user, device], position) => [`${job.id}/${position}`, `${user}/${device}`] as const),
    ),
  );

test("a walk killed anywhere plans each recipient once: replays make the same jobs with the same targets", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 2_600 }),
      fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 12 }),
      async (size, kills) => {
        const people = Array.from({ length: size }, (_, n) => person(`user-${n}`, [phone(`p${n}`)]));
        const header = notificationOf({ audience: "everyone", buckets: undefined, recipients: undefined });
        const world = await planToEnd(
          planWorld(header, { to: { everyone: true }, content: { title: "t" } }, people),
          kills,
        );
        const planned = targetsOf(world.jobs);
        const users = [...planned.values()].map((place) => place.split("/")[0]);
        assert.equal(new Set(users).size, size);
        assert.equal(users.length, size, "a job with another target under the same position");
        const progress = [...world.progress.values()];
        assert.ok(progress.every(({ planDone }) => planDone));
        assert.equal(
          progress.reduce((sum, { walked }) => sum + walked, 0),
          size,
        );
      },
    ),
    { numRuns: 25 },
  );
});

test("a row that stands is used, never recomputed: a device gone since leaves its position empty", async () => {
  const setup = planWorld(
    notificationOf({ recipients: 2 }),
    { to: { users: ["u1", "u2"] }, content: { title: "t" } },
    [person("u1", [phone("p1")]), person("u2", [phone("p2")])],
  );
  const { world, ports } = setup;
  world.dieAt = 3; // the row stands, its jobs were never sent
  await assert.rejects(planSlice(ports, planMessage(world.header), 0), Killed);
  world.people[0] = person("u1", []);
  world.people.push(person("u3", [phone("p3")]));
  world.steps = 0;
  world.dieAt = 0;
  await planSlice(ports, planMessage(world.header), 0);
  assert.deepEqual(
    world.jobs.map(({ targets }) => targets.map(([user]) => user)),
    [["", "u2"]],
  );
});

test("walkers cover all shards without overlap, and a shard's walker is found again", () => {
  for (const buckets of [1, 2, 3, 7, 100, 255, 256]) {
    let next = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const { from, to } = shardRange(bucket, buckets);
      assert.equal(from, next);
      for (let shard = from; shard < to; shard++) assert.equal(bucketOfShard(shard, buckets), bucket);
      next = to;
    }
    assert.equal(next, 256);
  }
  assert.deepEqual([0, 1, 20_000, 20_001, 9_999_999_999].map(walkerCount), [1, 1, 1, 2, 256]);
});

test("walk keys sort like shard and user", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.:~@+-]{1,12}$/), fc.stringMatching(/^[\w.:~@+-]{1,12}$/), (a, b) => {
      const [ka, kb] = [a, b].map((user) => walkKey(shardOf("same"), user));
      assert.equal(ka! < kb!, a < b);
    }),
  );
});

test("a job says when its people were read at the latest, and allows for reads that lag", async () => {
  const { world, ports } = planWorld(
    notificationOf({ audience: "everyone", buckets: 1, createdBeforeMs: 50_000 }),
    { to: { everyone: true }, content: { title: "t" } },
    [person("u", [phone("p")])],
  );
  const readAt: number[] = [];
  const { shardPage } = ports.reader;
  const slow: typeof shardPage = async (...args) => {
    readAt.push(world.nowMs);
    const page = await shardPage(...args);
    world.nowMs += 10;
    return page;
  };
  const message = { ...planMessage(world.header), bucket: 0 };
  await planSlice({ ...ports, reader: { ...ports.reader, shardPage: slow } }, message, world.nowMs + 60_000);
  assert.equal(world.jobs.length, 1);
  assert.ok(
    world.jobs[0]!.plannedAtMs <= readAt[0]! - 2_000,
    `${world.jobs[0]!.plannedAtMs} of ${readAt[0]}`,
  );
});
