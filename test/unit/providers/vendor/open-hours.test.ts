import assert from "node:assert/strict";
import { test } from "node:test";
import { untilOpenMs } from "../../../../functions/providers/vendor/open-hours.ts";

const HOUR_MS = 3_600_000;
const DAYTIME = { from: 7, to: 23 };
const until = (china: string) => untilOpenMs(Date.parse(`${china}+08:00`), DAYTIME);

test("hours of the day in China: open at the first, closed at the last", () => {
  assert.equal(until("2026-11-21T07:00:00"), 0);
  assert.equal(until("2026-11-21T12:34:56"), 0);
  assert.equal(until("2026-11-21T22:59:59.999"), 0);
  assert.equal(until("2026-11-21T23:00:00"), 8 * HOUR_MS);
  assert.equal(until("2026-11-21T23:30:00"), 7.5 * HOUR_MS);
  assert.equal(until("2026-11-22T00:00:00"), 7 * HOUR_MS);
  assert.equal(until("2026-11-22T06:59:59.999"), 1);
});
