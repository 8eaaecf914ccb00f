import assert from "node:assert/strict";
import { test } from "node:test";
import { createBreaker } from "../../../../functions/core/dispatch/breaker.ts";
import { gateOf } from "../../../../functions/core/dispatch/gate.ts";
import { accepted } from "../../../../functions/core/dispatch/outcome.ts";

const JOB = { app: "shop", provider: "apns" } as const;

function world(othersFailures: number) {
  const clock = { nowMs: 1_000_000 };
  const breaker = createBreaker({ now: () => clock.nowMs, random: () => 0 });
  const told: number[] = [];
  const gate = () =>
    gateOf(breaker, JOB, false, async () => {
      told.push(clock.nowMs);
      return othersFailures;
    });
  return { clock, gate, told };
}

test("a window that failed is told to the others; one in which nothing was asked is not", async () => {
  const { gate, told } = world(1);
  const first = gate();
  first.begin()({ kind: "retry", reason: "ECONNREFUSED" });
  await first.compare();
  await first.compare();
  await gate().compare();
  assert.equal(told.length, 1);
});

test("beside a recent answer a failure is chance; without one the others' failures shut the gate", async () => {
  const { clock, gate, told } = world(3);
  const one = gate();
  one.begin()(accepted());
  one.begin()({ kind: "retry", reason: "ECONNREFUSED" });
  await one.compare();
  assert.deepEqual([told.length, one.isShut()], [0, false]);
  clock.nowMs += 10_001;
  one.begin()({ kind: "retry", reason: "ECONNREFUSED" });
  await one.compare();
  assert.deepEqual([told.length, one.isShut()], [1, true]);
});
