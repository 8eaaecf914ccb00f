import assert from "node:assert/strict";
import { test } from "node:test";
import { runGrid } from "./send-model.ts";

test("a round of a window is not begun shortly before the function's timeout: nothing sent twice, no worker dies", async () => {
  // In-app: a window of 200, some at once, behind a table or a gateway that takes its time.
  const slow = {
    sendMs: 8_200,
    deadlineMs: 10_000,
    timeoutMs: 30_000,
    leaseMs: 35_000,
    visibilityMs: 45_000,
  };
  const { sent, settled, twice, deaths } = await runGrid({
    ...slow,
    targets: 200,
    window: 50,
    concurrency: 25,
  });
  assert.deepEqual({ sent, settled, twice, deaths }, { sent: 200, settled: true, twice: 0, deaths: 0 });
});
