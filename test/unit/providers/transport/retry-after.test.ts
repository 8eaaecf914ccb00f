import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfterMs } from "../../../../functions/providers/transport/retry-after.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const CASES: [string | string[] | undefined, number | undefined][] = [
  ["0", 0],
  ["120", 120_000],
  [" 5 ", 5_000],
  [["7", "9"], 7_000],
  ["Fri, 20 Nov 2026 12:01:00 GMT", 60_000],
  ["Fri, 20 Nov 2026 11:00:00 GMT", 0],
  ["Fri, 20 Nov 2099 12:00:00 GMT", 86_400_000],
  ["999999999", 86_400_000],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
];

test("seconds or a date, between now and a day", () => {
  for (const [header, expected] of CASES)
    assert.equal(retryAfterMs(header, NOW), expected, JSON.stringify(header));
});
