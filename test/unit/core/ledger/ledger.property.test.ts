import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accepted, unknown } from "../../../../functions/core/dispatch/outcome.ts";
import { openLedger, reclaim } from "../../../../functions/core/ledger/claim.ts";
import { isOpen, MARK, type Mark, markName } from "../../../../functions/core/ledger/mark.ts";
import { afterWindow, endOpen } from "../../../../functions/core/ledger/settle.ts";
import { fate, kinds, RUNS, rules, runToEnd } from "./runs.ts";
import { type Fate, jobOf, newWorld, TIMES, WRITE_FAILS, work } from "./world.ts";

test("no target is lost: whatever crashes, freezes and answers come, every position ends in a final mark", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(fate, { maxLength: 8 }),
      fc.array(fc.array(kinds, { maxLength: 4 }), { maxLength: 12 }),
      async (count, jobRules, fates, script) => {
        const world = newWorld(count);
        const answer = await runToEnd(world, count, jobRules, fates, script);
        assert.equal(answer.kind, "done");
        assert.equal(world.ledger?.state, "settled");
        assert.ok(world.afterSteps >= 1);
        for (const mark of world.ledger!.marks) assert.ok(!isOpen(mark as Mark), `open mark ${mark}`);
      },
    ),
    { numRuns: RUNS },
  );
});

test("truth: accepted means that the provider took it; never sent is never called accepted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(fate, { maxLength: 8 }),
      async (count, jobRules, fates) => {
        const world = newWorld(count);
        await runToEnd(world, count, jobRules, fates, []);
        for (let position = 0; position < count; position++) {
          const mark = world.ledger!.marks[position];
          if (mark === MARK.accepted) assert.ok(world.received[position]! >= 1);
          if (world.received[position]! >= 1)
            assert.ok(mark === MARK.accepted || mark === MARK.unknown || mark === MARK.poison);
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test("truth: what the provider took once is never called anything but accepted or unknown", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(fate, { maxLength: 8 }),
      fc.array(fc.array(kinds, { maxLength: 4 }), { maxLength: 12 }),
      async (count, jobRules, fates, script) => {
        const world = newWorld(count);
        await runToEnd(world, count, jobRules, fates, script);
        for (let position = 0; position < count; position++) {
          const mark = world.ledger!.marks[position];
          if (world.taken[position]! > 0)
            assert.ok(
              mark === MARK.accepted || mark === MARK.unknown,
              `taken, and marked ${markName(mark as Mark)}`,
            );
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test("truth: one that is in doubt when its notification is cancelled stays in doubt", () => {
  const turn = {
    nowMs: 1_000,
    leaseMs: 35_000,
    rules: { attempts: 3, unknown: "resend", window: 50 } as const,
  };
  const claim = { jobId: "j", digest: "d", count: 2, owner: "a", ...turn, nowMs: 0 };
  const lost = new Map([[0, unknown("reset")]]);
  const first = afterWindow(openLedger(claim), new Map([...lost, [1, { kind: "retry" }]]), turn, () => 0);
  const again = reclaim(first, { ...claim, owner: "b", nowMs: 2_000 });
  assert.ok(again.kind === "send");
  const ended = endOpen(again.ledger, "cancelled", { nowMs: 2_500, leaseMs: 35_000 });
  assert.deepEqual([...ended.marks], [MARK.unknown, MARK.cancelled]);
});

test("bounded duplicates: extra sends <= crashes x window when every answer arrives", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(fate, { maxLength: 8 }),
      async (count, jobRules, fates) => {
        const world = newWorld(count);
        await runToEnd(world, count, jobRules, fates, []);
        const extra = world.received.reduce((sum, times) => sum + Math.max(0, times - 1), 0);
        // A worker that lost its lease while frozen leaves a window in doubt just as a dead one does.
        const broken = world.ledger!.crashes;
        assert.ok(
          extra <= broken * jobRules.window,
          `${extra} extra with ${broken} broken leases of ${jobRules.window}`,
        );
        if (jobRules.unknown === "leave") assert.equal(extra, 0);
      },
    ),
    { numRuns: RUNS },
  );
});

test("no duplicates: writes that are refused for a while cost no send", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(
        fc.record({
          delayMs: fc.constant(0),
          writesFail: fc.integer({ min: 0, max: 5 }),
          factsFail: fc.boolean(),
        }),
        { maxLength: 8 },
      ),
      async (count, jobRules, fates) => {
        const world = newWorld(count);
        await runToEnd(world, count, jobRules, fates, []);
        assert.deepEqual(world.received, new Array(count).fill(1));
        assert.equal(world.ledger!.crashes, 0);
      },
    ),
    { numRuns: RUNS },
  );
});

test("a write that is refused for longer than its invocation lasts is given up before that ends", async () => {
  const world = newWorld(2);
  const job = jobOf(2, { attempts: 3, unknown: "resend", window: 50 });
  const beganMs = world.nowMs;
  const ports = { remainingMs: () => 30_000 - (world.nowMs - beganMs) };
  const fate: Fate = { delayMs: 0, writesFail: 1_000, ports };
  await assert.rejects(
    work(world, job, fate, () => accepted()),
    new RegExp(WRITE_FAILS),
  );
  const tookMs = world.nowMs - beganMs;
  assert.ok(tookMs > 25_000 && tookMs < 29_000, `${tookMs} ms`);
});

test("two workers at once: interleaved at every step, no target is sent twice unless a lease ran out", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 6 }),
      rules,
      async (scheduler, count, jobRules) => {
        const world = newWorld(count);
        const job = jobOf(count, jobRules);
        const pause = async () => {
          await scheduler.schedule(Promise.resolve());
        };
        const both = Promise.all([1, 2].map(() => work(world, job, { delayMs: 0 }, () => accepted(), pause)));
        await scheduler.waitFor(both);
        const answers = await both;
        assert.ok(world.nowMs < 1_000_000 + TIMES.leaseMs);
        assert.deepEqual(world.received, new Array(count).fill(1));
        // The second may meet the first between its last write and its last after-step: they bear repeating.
        assert.ok(world.afterSteps === 1 || world.afterSteps === 2);
        assert.ok(answers.some((answer) => answer !== "crashed" && answer.kind === "done"));
      },
    ),
    { numRuns: RUNS },
  );
});

test("a frozen worker that wakes after its lease sends nothing more", async () => {
  const world = newWorld(4);
  const job = jobOf(4, { attempts: 3, unknown: "resend", window: 50 });
  const late = Promise.withResolvers<void>();
  let steps = 0;
  const frozen = work(
    world,
    job,
    { delayMs: 0 },
    () => accepted(),
    async () => {
      if (++steps === 4) await late.promise;
    },
  );
  while (steps < 4) await new Promise((resolve) => setImmediate(resolve));
  world.nowMs += TIMES.leaseMs + 1;
  const second = await work(world, job, { delayMs: 0 }, () => accepted());
  const before = world.sends.length;
  late.resolve();
  const answer = await frozen;
  assert.ok(answer !== "crashed" && answer.kind === "wait");
  assert.equal(second !== "crashed" && second.kind, "wait");
  // The one request it was asleep in may still leave; the rest of its window may not.
  assert.ok(world.sends.length - before <= 1, `${world.sends.length - before} sends after waking`);
  assert.ok(world.ledger!.crashes === 1);
});

test("five crashed leases: the job is poison, its targets end as failed(poison) and nothing is sent again", async () => {
  const world = newWorld(2);
  const job = jobOf(2, { attempts: 3, unknown: "resend", window: 1 });
  for (let death = 0; death < 5; death++) {
    assert.equal(await work(world, job, { delayMs: 45_000, crashAtStep: 4 }, () => accepted()), "crashed");
  }
  world.nowMs += 45_000;
  const sent = world.sends.length;
  const answer = await work(world, job, { delayMs: 0 }, () => accepted());
  assert.ok(answer !== "crashed" && answer.kind === "done");
  assert.equal(world.sends.length, sent);
  assert.ok([...world.ledger!.marks].some((mark) => mark === MARK.poison || mark === MARK.unknown));
});

test("another body under the same job id is refused", async () => {
  const world = newWorld(2);
  const job = jobOf(2, { attempts: 3, unknown: "resend", window: 50 });
  await work(world, job, { delayMs: 0, crashAtStep: 4 }, () => accepted());
  world.nowMs += 45_000;
  const answer = await work(world, { ...job, digest: "other" }, { delayMs: 0 }, () => accepted());
  assert.ok(answer !== "crashed" && answer.kind === "refused");
});

test("a job that was ended before its message came is done, whatever its message says", async () => {
  const world = newWorld(2);
  const rules = { attempts: 3, unknown: "resend", window: 0 } as const;
  const untaken = openLedger({ jobId: "j", digest: "", count: 2, owner: "r", nowMs: 0, leaseMs: 0, rules });
  world.ledger = endOpen(untaken, "expired", { nowMs: 0, leaseMs: 0 });
  const answer = await work(world, jobOf(2, { ...rules, window: 50 }), { delayMs: 0 }, () => accepted());
  assert.ok(answer !== "crashed" && answer.kind === "done");
  assert.deepEqual([...world.ledger.marks], [MARK.expired, MARK.expired]);
  assert.deepEqual(world.received, [0, 0]);
});
