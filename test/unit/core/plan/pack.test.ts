import assert from "node:assert/strict";
import { test } from "node:test";
import type { WireTarget } from "../../../../functions/core/dispatch/job.ts";
import { jobSizes, wireBytes } from "../../../../functions/core/plan/pack.ts";

/** A message is billed by 64 KiB begun; its head has this much of two of them. */
const HEAD_BYTES = 1_500;
const TWO_UNITS = 2 * 65_536;

const targets = (count: number, tokenLength: number): WireTarget[] =>
  Array.from({ length: count }, (_, n) => [
    `user-${n}`,
    "phone",
    "f",
    "t".repeat(tokenLength),
    1_700_000_000_000,
  ]);
const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);

test("jobs fill two billing units of SQS in order, and none is over", () => {
  const all = targets(3_000, 163);
  const sizes = jobSizes(all, 1_000);
  assert.equal(sum(sizes), 3_000);
  let first = 0;
  for (const [index, size] of sizes.entries()) {
    const bytes = (count: number) =>
      all.slice(first, first + count).reduce((total, target) => total + wireBytes(target), 0);
    assert.ok(bytes(size) <= TWO_UNITS - HEAD_BYTES, `job ${index} has ${bytes(size)} bytes`);
    if (index < sizes.length - 1)
      assert.ok(bytes(size + 1) > TWO_UNITS - 2 * HEAD_BYTES, `job ${index} has room for another target`);
    first += size;
  }
});

test("no job has more than 700 targets, however short they are", () => {
  assert.deepEqual(jobSizes(targets(1_500, 20), 200), [700, 700, 100]);
});

test("a last window of a few targets is left to the next job, one of many is not, and the last job keeps all", () => {
  const [full] = jobSizes(targets(3_000, 163), 1_000);
  const few = (full! - 5) >> 1;
  assert.equal(jobSizes(targets(3_000, 163), few)[0], 2 * few, "5 of a window are left");
  const many = Math.floor(full! / 2.5);
  assert.equal(jobSizes(targets(3_000, 163), many)[0], full, "half a window is not");
  assert.deepEqual(jobSizes(targets(205, 20), 200), [205], "nobody comes behind it");
  assert.equal(jobSizes(targets(3_000, 163), 1)[0], full, "windows of one are all full");
});

test("a target that fills a message alone has one of its own", () => {
  const large = targets(1, 140_000)[0]!;
  const [small] = targets(1, 20);
  assert.deepEqual(jobSizes([small!, large, small!], 50), [1, 1, 1]);
  assert.deepEqual(jobSizes([], 50), []);
});
