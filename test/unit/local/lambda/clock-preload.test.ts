import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { createClockFile } from "../../../../local/lambda/clock-file.ts";

const preload = new URL("../../../../local/lambda/clock-preload.ts", import.meta.url).href;
const DAY_MS = 86_400_000;

function evaluate(expression: string, more: Record<string, string> = {}): unknown {
  const script = `process.stdout.write(JSON.stringify(${expression}))`;
  const printed = execFileSync(process.execPath, ["--import", preload, "-e", script], {
    env: { CLARION_CLOCK_OFFSET_MS: String(DAY_MS), TZ: "UTC", ...more },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(printed.toString("utf8"));
}

test("every way to ask for the wall clock shows the virtual time", () => {
  const tomorrow = new Date(Date.now() + DAY_MS);
  const day = tomorrow.toISOString().slice(0, 10);
  const format = `new Intl.DateTimeFormat("sv-SE", {timeZone: "UTC"})`;
  const seen = evaluate(`[
    new Date().toISOString().slice(0, 10),
    new Date(Date.now()).toISOString().slice(0, 10),
    new Date(Date()).toISOString().slice(0, 10),
    ${format}.format(),
    ${format}.formatToParts().map((part) => part.value).join(""),
  ]`);
  assert.deepEqual(seen, [day, day, day, day, day]);
});

test("given dates, instanceof, statics and monotonic time are untouched", () => {
  const seen = evaluate(`[
    new Date(5).getTime(),
    new Date() instanceof Date,
    Date.UTC(2026, 0, 1),
    new Intl.DateTimeFormat("sv-SE", {timeZone: "UTC"}).format(0),
    structuredClone(new Date(7)) instanceof Date,
    performance.now() < 60000,
    "CLARION_CLOCK_OFFSET_MS" in process.env,
  ]`);
  assert.deepEqual(seen, [5, true, Date.UTC(2026, 0, 1), "1970-01-01", true, true, false]);
});

test("a process that slept finds the time as it stands now, without any message", () => {
  const file = createClockFile(DAY_MS);
  try {
    const sleep = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)";
    file.write(3 * DAY_MS);
    const [first, then] = evaluate(`[Date.now(), ${sleep}, Date.now()].filter(Number)`, {
      CLARION_CLOCK_FILE: file.path,
    }) as number[];
    assert.equal(Math.round((then! - first!) / DAY_MS), 2);
    assert.equal(Math.round((first! - Date.now()) / DAY_MS), 1);
  } finally {
    file.close();
  }
});
