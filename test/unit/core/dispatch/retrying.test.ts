import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, PROVIDER_MINIMUM_MS } from "../../../../functions/core/dispatch/backoff.ts";
import { accepted, type Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { retryBudget } from "../../../../functions/core/dispatch/retry-budget.ts";
import { suspectsConfiguration } from "../../../../functions/core/dispatch/verdict.ts";

const wait = (change: Partial<Parameters<typeof backoffMs>[0]>) =>
  backoffMs({ priority: "high", attempt: 1, retryAfterMs: 0, minimumMs: 0, random: () => 1, ...change });

test("backoff: base by priority, doubled per attempt, at most a minute", () => {
  assert.deepEqual(
    (["high", "normal", "low"] as const).map((priority) => wait({ priority })),
    [1_000, 5_000, 10_000],
  );
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => wait({ priority: "normal", attempt })),
    [5_000, 10_000, 20_000, 40_000],
  );
  assert.equal(wait({ priority: "low", attempt: 9 }), 60_000);
});

test("backoff: full jitter, and the provider's own minimum wins", () => {
  assert.equal(wait({ random: () => 0 }), 0);
  assert.equal(wait({ random: () => 0.25, attempt: 3 }), 1_000);
  assert.equal(wait({ retryAfterMs: 900_000 }), 900_000);
  assert.equal(wait({ minimumMs: PROVIDER_MINIMUM_MS.fcm, random: () => 0 }), 10_000);
});

const failed: Outcome = { kind: "retry", status: 503 };
const times = (outcome: Outcome, count: number) => Array.from({ length: count }, () => outcome);

function budget() {
  const clock = { nowMs: 0 };
  return { clock, budget: retryBudget(() => clock.nowMs) };
}

test("retry budget: free while the provider is well", () => {
  const { budget: free } = budget();
  free.record("a", "apns", times(accepted(), 1_000), true);
  for (let round = 0; round < 100; round++) assert.equal(free.take("a", "apns", 500), true);
});

test("retry budget: with a provider down, retries stay within a fifth of the first attempts", () => {
  const { budget: down } = budget();
  // The account fails from the start; what it began with is spent first.
  down.record("a", "apns", times(failed, 300), false);
  while (down.take("a", "apns", 1));
  let retries = 0;
  for (let job = 0; job < 100; job++) {
    down.record("a", "apns", times(failed, 100), true);
    while (down.take("a", "apns", 1)) retries++;
  }
  assert.ok(retries <= 0.2 * 10_000 + 1, `${retries} retries for 10,000 first attempts`);
  assert.ok(retries >= 0.19 * 10_000, `${retries} retries are fewer than allowed`);
});

test("retry budget: waiting for a vendor's hours, without a request, is no failure of its own", () => {
  const { budget: night } = budget();
  night.record("a", "vivo", times({ kind: "throttled", reason: "closed_hours" }, 1_000), true);
  for (let round = 0; round < 10; round++) assert.equal(night.take("a", "vivo", 500), true);
  night.record("a", "vivo", times({ kind: "throttled", status: 429 }, 1_000), true);
  assert.equal(night.take("a", "vivo", 501), false);
});

test("retry budget: nothing is taken when a job is not covered; a quiet app's last jobs are covered in time", () => {
  const { budget: quiet, clock } = budget();
  quiet.record("a", "fcm", times(failed, 300), false);
  assert.equal(quiet.take("a", "fcm", 100), false);
  assert.equal(quiet.take("a", "fcm", 20), true, "a refusal must not cost anything");
  assert.equal(quiet.take("a", "fcm", 20), false);
  clock.nowMs += 10_000;
  assert.equal(quiet.take("a", "fcm", 20), true);
});

test("retry budget: each app and provider has its own", () => {
  const { budget: shared } = budget();
  shared.record("a", "apns", times(failed, 300), false);
  while (shared.take("a", "apns", 1));
  assert.equal(shared.take("b", "apns", 500), true);
  assert.equal(shared.take("a", "fcm", 500), true);
});

test("verdict: a burst of bad tokens is a configuration from 20 results and beyond a fifth on, or if all are", () => {
  const cases: [number, number, boolean][] = [
    [4, 4, false],
    [5, 5, true],
    [5, 4, false],
    [19, 18, false],
    [19, 19, true],
    [20, 4, false],
    [20, 5, true],
    [10_000, 2_000, false],
    [10_000, 2_001, true],
    [0, 0, false],
  ];
  for (const [results, bad, wanted] of cases)
    assert.equal(suspectsConfiguration({ results, bad }), wanted, `${bad} of ${results}`);
});
