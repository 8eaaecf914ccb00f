import assert from "node:assert/strict";
import { test } from "node:test";
import { nextFireAfter, parseScheduleExpression } from "../../../../local/scheduler/next-fire.ts";

const rows: [string, string, string, string | undefined][] = [
  ["at(2026-11-20T10:00:00)", "UTC", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"],
  ["at(2026-11-20T10:00:00)", "Asia/Kathmandu", "2026-11-20T00:00:00Z", "2026-11-20T04:15:00Z"],
  ["at(2026-11-20T10:00:00)", "UTC", "2026-11-20T10:00:00Z", undefined],
  ["rate(5 minutes)", "UTC", "2026-11-20T10:00:00Z", "2026-11-20T10:05:00Z"],
  ["rate(1 day)", "Europe/Berlin", "2026-10-24T10:00:00Z", "2026-10-25T10:00:00Z"],
  ["cron(0 3 * * ? *)", "UTC", "2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z"],
  ["cron(0/15 * * * ? *)", "UTC", "2026-11-20T03:07:00Z", "2026-11-20T03:15:00Z"],
  ["cron(30 8 ? * MON-FRI *)", "America/New_York", "2026-11-20T14:00:00Z", "2026-11-23T13:30:00Z"],
  ["cron(0 0 L * ? *)", "UTC", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"],
  ["cron(0 0 29 2 ? *)", "UTC", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"],
  ["cron(0 12 ? * 6#3 *)", "UTC", "2026-11-01T00:00:00Z", "2026-11-20T12:00:00Z"],
  ["cron(0 12 ? * 6L *)", "UTC", "2026-11-01T00:00:00Z", "2026-11-27T12:00:00Z"],
  ["cron(0 9 15W * ? *)", "UTC", "2026-11-01T00:00:00Z", "2026-11-16T09:00:00Z"],
  ["cron(0 0 1 1 ? 2020)", "UTC", "2026-11-01T00:00:00Z", undefined],
  // Berlin skips 02:30 on 2026-03-29 and shows it twice on 2026-10-25.
  ["cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"],
  ["cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"],
  ["cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
  ["at(2026-03-29T02:30:00)", "Europe/Berlin", "2026-03-28T12:00:00Z", undefined],
];
for (const [expression, zone, after, expected] of rows) {
  test(`${expression} in ${zone} after ${after} fires ${expected ?? "never"}`, () => {
    const next = nextFireAfter(expression, zone, Date.parse(after));
    assert.equal(next, expected === undefined ? undefined : Date.parse(expected));
  });
}

const wrong = [
  "every day",
  "rate(0 minutes)",
  "rate(1 minutes)",
  "rate(2 hour)",
  "cron(0 3 * * * *)",
  "cron(61 3 * * ? *)",
  "at(tomorrow)",
  "cron(0 3 * ?)",
];
for (const text of wrong) {
  test(`${text} is refused`, () => {
    assert.throws(() => parseScheduleExpression(text));
  });
}
