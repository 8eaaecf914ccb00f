import assert from "node:assert/strict";
import { test } from "node:test";
import { openLedger } from "../../../functions/core/ledger/claim.ts";
import { observeJob } from "../../../functions/platform/observe-job.ts";
import { jobOf } from "../core/ledger/world.ts";

process.env["CLARION_SETTINGS"] = JSON.stringify({ metricsByApp: false });

test("with hundreds of apps, outcomes are no metrics of each; the line still names the app", (t) => {
  const written = t.mock.method(process.stdout, "write", () => true);
  const job = jobOf(1, { attempts: 3, unknown: "resend", window: 50 });
  const { id: jobId, digest, rules } = job;
  const ledger = openLedger({ jobId, digest, rules, count: 1, owner: "w", nowMs: 1, leaseMs: 1 });
  observeJob(job, ledger, { accepted: 1 });
  const [line] = written.mock.calls.map((call) => String(call.arguments[0]));
  written.mock.restore();
  const { _aws, app } = JSON.parse(line ?? "");
  const dimensions = _aws.CloudWatchMetrics.flatMap(
    (directive: { Dimensions: string[][] }) => directive.Dimensions,
  );
  assert.ok(dimensions.some((set: string[]) => set.join() === "provider,priority,outcome"));
  assert.ok(!dimensions.flat().includes("app"), JSON.stringify(dimensions));
  assert.equal(app, job.app);
});
