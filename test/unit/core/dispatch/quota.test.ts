import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksFor, type ProviderQuota, shareOf } from "../../../../functions/core/dispatch/quota.ts";
import type { Priority } from "../../../../functions/core/words.ts";

const quota: ProviderQuota = { sends: 1_000, windowMs: 60_000, of: "app" };

test("what is above a priority's share is kept for those before it", () => {
  const shares = (["high", "normal", "low"] as Priority[]).map((priority) => shareOf(quota, priority));
  assert.deepEqual(shares, [1_000, 900, 800]);
  assert.equal(shareOf({ ...quota, sends: 1 }, "low"), 1, "so small a quota has no parts");
  assert.equal(shareOf({ ...quota, sends: 0 }, "high"), 0);
});

test("a block is asked for first, then what is wanted now; never more than a share", () => {
  assert.deepEqual(blocksFor(quota, 800, 10), [50, 10]);
  assert.deepEqual(blocksFor(quota, 800, 50), [50]);
  assert.deepEqual(blocksFor(quota, 800, 200), [200]);
  assert.deepEqual(blocksFor({ ...quota, sends: 100 }, 3, 1), [3, 1]);
});
