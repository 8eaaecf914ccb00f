import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "../../../../local/control/metrics.ts";

function emf(
  values: Record<string, unknown>,
  metrics: { Name: string; Unit?: string }[],
  dimensions = ["app"],
): string {
  const directive = { Namespace: "Clarion", Dimensions: [dimensions], Metrics: metrics };
  return JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [directive] }, ...values });
}

test("counts add up by label, other units show their latest value, other lines are skipped", () => {
  const metrics = createMetrics();
  const sent = [{ Name: "sentTotal", Unit: "Count" }];
  metrics.addLine(emf({ app: "demo", sentTotal: 2 }, sent));
  metrics.addLine(emf({ app: "demo", sentTotal: [1, 2] }, sent));
  metrics.addLine(emf({ app: "other", sentTotal: 1 }, sent));
  metrics.addLine(emf({ latency: 12 }, [{ Name: "latency", Unit: "Milliseconds" }], []));
  metrics.addLine(emf({ latency: 7 }, [{ Name: "latency", Unit: "Milliseconds" }], []));
  metrics.addLine("plain text with CloudWatchMetrics");
  metrics.addLine('{"CloudWatchMetrics": broken');
  metrics.addLine('{"level":"INFO","message":"no metric"}');
  assert.equal(
    metrics.text(),
    [
      "# TYPE clarion_latency gauge",
      "clarion_latency 7",
      "# TYPE clarion_sent_total counter",
      'clarion_sent_total{app="demo"} 5',
      'clarion_sent_total{app="other"} 1',
      "",
    ].join("\n"),
  );
});
