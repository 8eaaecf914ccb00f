import assert from "node:assert/strict";
import { test } from "node:test";
import { createBreaker } from "../../../../functions/core/dispatch/breaker.ts";
import { dispatchJob } from "../../../../functions/core/dispatch/dispatch-job.ts";
import { gateOf } from "../../../../functions/core/dispatch/gate.ts";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { NO_QUOTA } from "../../../../functions/core/dispatch/quota.ts";
import { retryBudget } from "../../../../functions/core/dispatch/retry-budget.ts";
import type { JobRules, Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { countMarks } from "../../../../functions/core/ledger/mark.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";
import { jobOf, TIMES } from "../ledger/world.ts";

const DOWN: Outcome = { kind: "retry", reason: "http2_ECONNREFUSED" };

/** One job of many targets, one request at a time, before a provider that is down until it is mended. */
function outage(targets: number, over: Partial<JobRules> = {}, provider: ProviderName = "apns") {
  const clock = { nowMs: 1_000_000 };
  const now = () => clock.nowMs;
  const breaker = createBreaker({ now, random: () => 0.5 });
  const world = {
    clock,
    up: false,
    down: DOWN,
    requests: 0,
    concurrency: 1,
    dropped: new Set<string>(),
    ledger: undefined as Ledger | undefined,
  };
  const rules: JobRules = { attempts: 3, unknown: "resend", window: 50, ...over };
  const job = { ...jobOf(targets, rules), provider };
  const deliver = () => {
    const isProbe = breaker.takeProbe(job.app, job.provider);
    if (!isProbe && breaker.state(job.app, job.provider).kind === "open") return undefined;
    return dispatchJob(
      {
        ledgers: {
          async open(_job, ledger) {
            if (world.ledger) return structuredClone(world.ledger);
            world.ledger = structuredClone(ledger);
            return undefined;
          },
          async replace(_job, ledger) {
            assert.equal(ledger.revision, world.ledger!.revision + 1);
            world.ledger = structuredClone(ledger);
            return true;
          },
        },
        facts: async () => ({
          concurrency: world.concurrency,
          dropped: (user) => (world.dropped.has(user) ? "opted_out" : undefined),
          send: async () => {
            world.requests++;
            return world.up ? { kind: "accepted" } : world.down;
          },
        }),
        afterSteps: async () => undefined,
        budget: retryBudget(now),
        quota: NO_QUOTA,
        gate: gateOf(breaker, job, isProbe, async () => 1),
        now,
        random: () => 0.5,
        newOwner: () => `w${clock.nowMs}`,
        times: TIMES,
        remainingMs: () => 30_000,
      },
      job,
    ).finally(() => breaker.probed(job.app, job.provider));
  };
  return { world, breaker, job, deliver };
}

test("a dead provider is asked five times, then once a second; no target's attempts are spent on it", async () => {
  const { world, deliver } = outage(40);
  await deliver();
  assert.equal(world.requests, 5, "the window stops as soon as the breaker opens");
  for (let second = 0; second < 600; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  assert.ok(world.requests > 20 && world.requests <= 5 + 600, `${world.requests} requests in ten minutes`);
  assert.equal(countMarks(world.ledger!.marks).failed, undefined, "nothing has failed");
  assert.ok(world.ledger!.passes < 32, `${world.ledger!.passes} passes`);
  world.up = true;
  for (let second = 0; second < 60 && world.ledger!.state !== "settled"; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 40 });
});

test("who met a dead provider before it was known to be dead has lost no attempt either", async () => {
  const { world, deliver } = outage(10, { attempts: 1, window: 1 });
  for (let second = 0; second < 120; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  world.up = true;
  for (let second = 0; second < 60 && world.ledger!.state !== "settled"; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 10 });
});

test("a dead provider that asks for a quarter of an hour is asked again all the same, and its end is noticed", async () => {
  const { world, deliver } = outage(8);
  world.down = { kind: "retry", status: 503, retryAfterMs: 900_000 };
  for (let second = 0; second < 600; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  assert.ok(world.requests > 300, `${world.requests} requests in ten minutes`);
  world.up = true;
  for (let second = 0; second < 20 && world.ledger!.state !== "settled"; second++) {
    world.clock.nowMs += 1_000;
    await deliver();
  }
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 8 });
});

test("a probe that finds the provider well sends the rest of its job at once", async () => {
  const { world, deliver } = outage(40);
  await deliver();
  world.up = true;
  world.clock.nowMs += 61_000;
  const answer = await deliver();
  assert.equal(answer?.kind, "done");
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 40 });
});

test("a probe whose first targets are left out asks with one of the others, never with a window of them", async () => {
  const { world, deliver, job } = outage(40);
  await deliver();
  world.concurrency = 20;
  for (const [user] of job.targets.slice(0, 20)) world.dropped.add(user);
  world.clock.nowMs += 61_000;
  const before = world.requests;
  await deliver();
  assert.equal(world.requests - before, 1);
});

test("what fails on this side spends attempts: the provider is not called silent, and the targets have failed", async () => {
  const { world, breaker, job, deliver } = outage(40);
  world.down = { kind: "retry", reason: "attachment_unavailable", unasked: true };
  for (let second = 0; second < 120 && world.ledger?.state !== "settled"; second++) {
    await deliver();
    assert.equal(breaker.state(job.app, job.provider).kind, "closed");
    world.clock.nowMs += 1_000;
  }
  assert.deepEqual(countMarks(world.ledger!.marks), { failed: 40 });
  assert.equal(world.requests, 3 * 40);
});

test("a silent provider that may take every message gets a mail four times at most, and a push as often as it is asked", async () => {
  const most = async (provider: ProviderName, targets: number) => {
    const { world, breaker, job, deliver } = outage(targets, {}, provider);
    world.down = { kind: "unknown", reason: "deadline_exceeded" };
    for (let other = 0; other < 5; other++) breaker.begin(job.app, provider)(world.down);
    for (let second = 0; second < 1_200 && world.ledger?.state !== "settled"; second++) {
      await deliver();
      world.clock.nowMs += 1_000;
    }
    return [world.requests, countMarks(world.ledger!.marks)] as const;
  };
  for (const targets of [1, 2, 3, 20]) {
    const [mails, marks] = await most("ses", targets);
    assert.ok(mails <= 4 * targets, `${mails} mails to ${targets}`);
    assert.deepEqual(marks, { unknown: targets });
  }
  const [pushes, open] = await most("apns", 1);
  assert.ok(pushes > 100, `${pushes} pushes`);
  assert.deepEqual(open, { pending: 1 });
});

test("a probe whose target fails on this side asks with the next, and the first has spent an attempt", async () => {
  const { world, breaker, job, deliver } = outage(3);
  for (let other = 0; other < 5; other++) breaker.begin(job.app, job.provider)(DOWN);
  world.down = { kind: "retry", reason: "not_counted", unasked: true };
  world.clock.nowMs += 61_000;
  await deliver();
  assert.equal(world.requests, 3);
  assert.deepEqual([countMarks(world.ledger!.marks), world.ledger!.attempt], [{ retry: 3 }, 2]);
});
