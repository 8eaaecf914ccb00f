import assert from "node:assert/strict";
import { test } from "node:test";
import type { DispatchPorts } from "../../../../functions/core/dispatch/dispatch-job.ts";
import { accepted, type Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import type { Quota } from "../../../../functions/core/dispatch/quota.ts";
import type { JobRules } from "../../../../functions/core/ledger/ledger.ts";
import { countMarks, MARK } from "../../../../functions/core/ledger/mark.ts";
import { jobOf, newWorld, type World, work } from "../ledger/world.ts";

const QUOTA_WAIT_MS = 5_000;
const RETRY: Outcome = { kind: "retry", status: 500 };

/** The first window of each claim was taken before it; no other is to be had. */
const oneWindowAtATime: Quota = {
  most: Number.POSITIVE_INFINITY,
  take: async () => QUOTA_WAIT_MS,
  giveBack: () => undefined,
};

const rulesOf = (over: Partial<JobRules> = {}): JobRules => ({
  attempts: 3,
  unknown: "resend",
  window: 3,
  ...over,
});

type Answer = (position: number, time: number) => Outcome;

/** Delivers the job until it is done, or until `untilMs`; how often it was delivered. */
async function run(
  world: World,
  { count, rules, ports }: { count: number; rules: JobRules; ports: Partial<DispatchPorts> },
  answerOf: Answer,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<number> {
  const job = jobOf(count, rules);
  for (let delivery = 1; delivery <= 300; delivery++) {
    const answer = await work(world, job, { delayMs: 0, ports }, answerOf);
    assert.ok(answer !== "crashed" && answer.kind !== "refused");
    if (answer.kind === "done") return delivery;
    if (answer.untilMs > untilMs) return delivery;
    world.nowMs = Math.max(world.nowMs, answer.untilMs);
  }
  throw new Error("the job never ended");
}

const sendsTo = (world: World, position: number) =>
  world.sends.filter((send) => send.position === position).map(({ atMs }) => atMs);

test("a quota that stops a pass forgets no Retry-After, and who has not been sent to comes first", async () => {
  const world = newWorld(9);
  const throttled: Outcome = { kind: "throttled", status: 429, retryAfterMs: 60_000 };
  const answerOf: Answer = (position, time) => (position < 3 && time === 1 ? throttled : accepted());
  await run(world, { count: 9, rules: rulesOf(), ports: { quota: oneWindowAtATime } }, answerOf);
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 9 });
  assert.deepEqual(
    world.sends.map(({ position }) => position),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2],
  );
  for (const position of [0, 1, 2]) {
    const [first, second] = sendsTo(world, position);
    assert.ok(second! - first! >= 60_000, `asked again after ${second! - first!} ms`);
  }
});

test("what is told to wait for an hour holds up nobody else of its job", async () => {
  const world = newWorld(40);
  const startMs = world.nowMs;
  const hour: Outcome = { kind: "throttled", status: 429, retryAfterMs: 3_600_000 };
  const answerOf: Answer = (position) => (position < 9 ? hour : accepted());
  const job = { count: 40, rules: rulesOf(), ports: { quota: oneWindowAtATime } };
  await run(world, job, answerOf, startMs + 600_000);
  assert.ok(world.nowMs < startMs + 120_000);
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 31, throttled: 9 });
});

test("attempts bind, however often a pass is stopped", async () => {
  const world = newWorld(60);
  const answerOf: Answer = (position) => (position === 0 ? RETRY : accepted());
  await run(
    world,
    { count: 60, rules: rulesOf({ window: 1 }), ports: { quota: oneWindowAtATime } },
    answerOf,
  );
  assert.equal(world.received[0], 3);
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 59, failed: 1 });
});

test("a pass that takes more invocations than a job has passes is one pass", async () => {
  const world = newWorld(60);
  let sentBefore = -1;
  const ports: Partial<DispatchPorts> = {
    // Each invocation has time for one request.
    remainingMs: () => (world.sends.length === sentBefore ? 30_000 : 5_000),
  };
  const job = jobOf(60, rulesOf({ window: 1 }));
  const answerOf: Answer = (position, time) => (position === 0 && time === 1 ? RETRY : accepted());
  for (let delivery = 0; delivery < 100 && world.ledger?.state !== "settled"; delivery++) {
    sentBefore = world.sends.length;
    const answer = await work(world, job, { delayMs: 0, ports }, answerOf);
    assert.ok(answer !== "crashed" && answer.kind !== "refused");
    if (answer.kind === "wait") world.nowMs = Math.max(world.nowMs, answer.untilMs);
  }
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 60 });
  assert.equal(world.received[0], 2);
  assert.equal(world.ledger!.passes, 2);
});

test("a pass that was stopped is taken up at once by whoever comes, and what waits in it is left alone", async () => {
  const world = newWorld(6);
  const answerOf: Answer = (position) =>
    position < 3 ? { kind: "throttled", status: 429, retryAfterMs: 60_000 } : accepted();
  const job = jobOf(6, rulesOf());
  const ports = { quota: oneWindowAtATime };
  await work(world, job, { delayMs: 0, ports }, answerOf);
  assert.deepEqual(
    [...world.ledger!.marks],
    [...new Array(3).fill(MARK.throttled), ...new Array(3).fill(MARK.pending)],
  );
  const answer = await work(world, job, { delayMs: 0, ports }, answerOf);
  assert.ok(answer !== "crashed" && answer.kind === "wait");
  assert.deepEqual(world.received, new Array(6).fill(1));
  assert.ok(answer.untilMs > world.nowMs + 55_000);
});

test("a quota that cannot be asked costs no window that was sent its outcomes", async () => {
  const world = newWorld(9);
  const job = jobOf(9, rulesOf());
  const quota: Quota = { ...oneWindowAtATime, take: () => Promise.reject(new Error("throttled")) };
  for (let delivery = 0; delivery < 2; delivery++)
    await assert.rejects(
      work(world, job, { delayMs: 0, ports: { quota } }, () => accepted()),
      /throttled/,
    );
  assert.deepEqual(countMarks(world.ledger!.marks), { accepted: 6, pending: 3 });
  const answer = await work(world, job, { delayMs: 0 }, () => accepted());
  assert.ok(answer !== "crashed" && answer.kind === "done");
  assert.deepEqual(world.received, new Array(9).fill(1));
  assert.deepEqual([world.ledger!.crashes, world.ledger!.passes], [0, 1]);
});

test("throttled passes wait longer and longer: their number is used up in minutes, not in seconds", async () => {
  const world = newWorld(1);
  const throttled: Outcome = { kind: "throttled", status: 400, retryAfterMs: 1_000 };
  const startMs = world.nowMs;
  await run(world, { count: 1, rules: rulesOf(), ports: {} }, () => throttled);
  assert.deepEqual(countMarks(world.ledger!.marks), { failed: 1 });
  assert.equal(world.sends.length, 32);
  assert.ok(world.nowMs - startMs > 10 * 60_000, `${world.nowMs - startMs} ms`);
});

test("without time for a request a job is not claimed: a death would leave in doubt what nobody sends", async () => {
  const world = newWorld(3);
  const given: number[] = [];
  const quota: Quota = { most: 3, take: async () => undefined, giveBack: (count) => given.push(count) };
  const job = jobOf(3, rulesOf());
  const late: Partial<DispatchPorts> = { quota, remainingMs: () => 11_999 };
  const answer = await work(world, job, { delayMs: 0, ports: late }, () => accepted());
  assert.deepEqual(answer, { kind: "wait", untilMs: world.nowMs, why: "time" });
  assert.deepEqual([world.ledger, given], [undefined, [3]]);
  const over = { ...job, expiresAtMs: world.nowMs };
  await work(world, over, { delayMs: 0, ports: late }, () => accepted());
  assert.notEqual(world.ledger, undefined, "what is over needs no request, and is ended");
});
