import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pace } from "../../../../functions/core/load/pace.ts";

/** A pace on a virtual clock. */
function paced(perS: number) {
  const clock = { nowMs: 1_000_000 };
  const { take } = pace(perS, () => clock.nowMs);
  return {
    take: (longestMs = Number.POSITIVE_INFINITY) => take(longestMs),
    pass: (ms: number) => {
      clock.nowMs += ms;
    },
  };
}
const times = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);

test("a second's worth at once, then one place after the other, evenly", () => {
  const { take, pass } = paced(100);
  assert.deepEqual(
    times(100, take),
    times(100, () => 0),
  );
  assert.deepEqual(times(3, take), [10, 20, 30]);
  pass(30);
  assert.deepEqual(times(2, take), [10, 20], "what others wait for is not given twice");
});

test("what is unused comes back, up to a second's worth", () => {
  const { take, pass } = paced(100);
  times(100, take);
  pass(500);
  assert.deepEqual(times(51, take), [...times(50, () => 0), 10]);
  pass(60_000);
  assert.deepEqual(times(101, take), [...times(100, () => 0), 10]);
});

test("a place that comes too late is not taken, and others get it", () => {
  const { take } = paced(10);
  times(10, take);
  assert.equal(take(99), undefined);
  assert.equal(take(99), undefined);
  assert.equal(take(100), 100);
  assert.equal(take(100), undefined);
  assert.equal(take(200), 200);
});

test("less than one a second is paced as well", () => {
  const { take, pass } = paced(0.25);
  assert.deepEqual(times(3, take), [0, 4_000, 8_000]);
  pass(10_000);
  assert.equal(take(), 2_000);
});

/** The same told in another way: tokens that refill, and a debt that is waited out. */
function bucketWithDebt(perS: number) {
  let tokens = perS;
  return {
    pass: (ms: number) => {
      tokens = Math.min(perS, tokens + (ms / 1_000) * perS);
    },
    take: () => {
      tokens -= 1;
      return Math.max(0, (-tokens / perS) * 1_000);
    },
  };
}

test("whoever asks when: the waits of a bucket with debt, and never more places than time and one second allow", () => {
  const asks = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 40 })), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), asks, (perS, steps) => {
      const [real, model] = [paced(perS), bucketWithDebt(perS)];
      const places: number[] = [];
      let nowMs = 0;
      for (const [afterMs, count] of steps) {
        real.pass(afterMs);
        model.pass(afterMs);
        nowMs += afterMs;
        for (let index = 0; index < count; index++) {
          const waitMs = real.take()!;
          assert.ok(Math.abs(waitMs - model.take()) < 1e-3);
          places.push(nowMs + waitMs);
        }
      }
      for (const [first, from] of places.entries())
        for (const [offset, to] of places.slice(first).entries())
          assert.ok(offset + 1 <= ((to - from) / 1_000) * perS + perS + 1e-3);
    }),
  );
});
