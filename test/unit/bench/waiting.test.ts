import assert from "node:assert/strict";
import { test } from "node:test";
import { jobsOf, waitingMs } from "../../../bench/platform/waiting.ts";
import type { Job } from "../../../functions/core/dispatch/job.ts";

const job = (targets: number, window: number, provider: Job["provider"] = "fcm") => ({
  provider,
  targets: new Array<Job["targets"][number]>(targets),
  rules: { attempts: 3, unknown: "resend" as const, window },
});

test("a dispatcher waits for the windows of its longest job, and in line for the limit of requests", () => {
  assert.equal(waitingMs([]), 0);
  assert.equal(waitingMs([job(1, 50)]), 70);
  assert.equal(waitingMs([job(299, 200)]), 140, "two windows");
  assert.equal(waitingMs([job(299, 200), job(680, 200, "apns"), job(20, 50)]), 280, "side by side");
  const five = Array.from({ length: 5 }, () => job(200, 200));
  assert.equal(waitingMs(five), 70);
  assert.equal(waitingMs([...five, job(299, 200)]), 210, "the sixth waits for a place");
  assert.equal(waitingMs(Array.from({ length: 20 }, () => job(400, 500, "hms"))), 70, "one request each");
});

test("jobs are read from a queue's event; what is no job waits for nothing", () => {
  const records = [{ kind: "job", provider: "apns", targets: [1], rules: { window: 1 } }, { kind: "topic" }];
  const event = { Records: records.map((record) => ({ body: JSON.stringify(record) })) };
  assert.equal(waitingMs(jobsOf(event)), 70);
  assert.deepEqual(jobsOf({ httpMethod: "POST" }), []);
});
