import assert from "node:assert/strict";
import { test } from "node:test";
import { billedMs } from "../../../../local/lambda/bill.ts";

test("CPU is stretched to the function's share of one, waiting is not", () => {
  assert.equal(billedMs({ cpuMs: 10, memoryMb: 1769, roundTripMs: 0 }), 10);
  assert.equal(billedMs({ cpuMs: 10, memoryMb: 256, roundTripMs: 0 }), 70);
  assert.equal(billedMs({ cpuMs: 10, memoryMb: 1769, roundTripMs: 80 }), 80);
  assert.equal(billedMs({ cpuMs: 0.01, memoryMb: 10_240, roundTripMs: 0 }), 1);
});
