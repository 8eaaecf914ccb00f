import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blocksFor,
  giveSendsBack,
  type Held,
  nothingHeld,
  type ProviderQuota,
  shareOf,
  takeSends,
} from "../../../../functions/core/dispatch/quota.ts";
import type { Priority } from "../../../../functions/core/words.ts";

const quota: ProviderQuota = { sends: 1_000, windowMs: 60_000, of: "app" };

test("what is above a priority's share is kept for those before it", () => {
  const shares = (["high", "normal", "low"] as Priority[]).map((priority) => shareOf(quota, priority));
  assert.deepEqual(shares, [1_000, 900, 800]);
  assert.equal(shareOf({ ...quota, sends: 1 }, "low"), 1, "so small a quota has no parts");
  assert.equal(shareOf({ ...quota, sends: 0 }, "high"), 0);
});

test("a block is asked for first, then what is wanted now; it grows with use, and shrinks with what is left", () => {
  const held = (used: number, counted: number): Held => ({ ...nothingHeld(), used, counted });
  assert.deepEqual(blocksFor(held(0, 0), 8_000, 10), [10]);
  assert.deepEqual(blocksFor(held(10, 10), 8_000, 10), [30, 10]);
  assert.deepEqual(blocksFor(held(500, 500), 8_000, 10), [375, 10]);
  assert.deepEqual(blocksFor(held(500, 7_900), 8_000, 10), [10]);
  assert.deepEqual(blocksFor(held(500, 500), 8_000, 400), [400]);
});

/** One window's count, as Guard keeps it. */
function sharedCount(limit: number) {
  const shared = { used: 0, writes: 0 };
  const lease = async (amount: number) => {
    shared.writes++;
    if (shared.used + amount > limit) return undefined;
    shared.used += amount;
    return shared.used;
  };
  return { shared, lease };
}

test("environments that send a little leave a quota to the others", async () => {
  const { shared, lease } = sharedCount(570_000);
  const environments = Array.from({ length: 500 }, nothingHeld);
  for (let round = 0; round < 4; round++)
    for (const held of environments)
      assert.ok(await takeSends(held, { sends: 1, most: 570_000, lease }), "nobody waits");
  assert.ok(shared.used <= 4 * 4 * 500, `${shared.used} are held for 2,000 sends`);
});

test("what was taken and not sent serves the next", async () => {
  const { shared, lease } = sharedCount(100);
  const held = nothingHeld();
  const take = () => takeSends(held, { sends: 60, most: 100, lease });
  assert.equal(await take(), true);
  giveSendsBack(held, 60);
  assert.equal(await take(), true);
  assert.deepEqual([shared.used, held.used, held.left], [60, 60, 0]);
  assert.equal(await take(), false);
});

test("a campaign uses nearly all of its share, with few writes, and never more", async () => {
  const most = 456_000;
  const { shared, lease } = sharedCount(most);
  const environments = Array.from({ length: 20 }, nothingHeld);
  let sent = 0;
  for (let turn = 0; turn < 10_000; turn++)
    if (await takeSends(environments[turn % 20]!, { sends: 200, most, lease })) sent += 200;
  assert.ok(sent > 0.97 * most && sent <= most, `${sent} of ${most}`);
  assert.ok(shared.writes < 600, `${shared.writes} writes`);
});
