import assert from "node:assert/strict";
import { test } from "node:test";
import { comesBackMs } from "../../../functions/platform/queue-handler.ts";

/** As often as SQS lets a message be received before it is a dead letter (lib/constructs/queues.ts). */
const RECEIVES = 100;

test("a message whose work threw comes back in seconds at first, and is no dead letter within the hour", () => {
  assert.deepEqual([comesBackMs(1, 0), comesBackMs(1, 1)], [1_000, 5_000]);
  const waits = Array.from({ length: RECEIVES }, (_, n) => comesBackMs(n + 1, 0.5));
  assert.ok(waits.slice(0, 20).every((ms) => ms === 3_000));
  assert.ok(waits.every((ms, n) => n === 0 || ms >= waits[n - 1]!));
  assert.equal(Math.max(...waits), 60_000);
  const allMin = waits.reduce((sum, ms) => sum + ms, 0) / 60_000;
  assert.ok(allMin > 60 && allMin < 120, `${allMin} min`);
});
