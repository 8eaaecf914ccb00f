import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../../functions/platform/metrics.ts";

test("values under the same dimensions share a directive of the embedded metric format", (t) => {
  const written = t.mock.method(process.stdout, "write", () => true);
  metrics(
    [
      { name: "tried", value: 5 },
      { name: "latencyMs", value: 12, unit: "Milliseconds", by: [[], ["priority"]] },
      { name: "failed", value: 1 },
    ],
    { priority: "high" },
  );
  const [line] = written.mock.calls.map((call) => String(call.arguments[0]));
  written.mock.restore();
  const { _aws, ...values } = JSON.parse(line ?? "");
  assert.deepEqual(_aws.CloudWatchMetrics, [
    {
      Namespace: "Clarion",
      Dimensions: [[]],
      Metrics: [
        { Name: "TargetsTried", Unit: "Count" },
        { Name: "TargetsFailed", Unit: "Count" },
      ],
    },
    {
      Namespace: "Clarion",
      Dimensions: [[], ["priority"]],
      Metrics: [{ Name: "AcceptToProviderMs", Unit: "Milliseconds" }],
    },
  ]);
  assert.deepEqual(values, { priority: "high", TargetsTried: 5, AcceptToProviderMs: 12, TargetsFailed: 1 });
});
