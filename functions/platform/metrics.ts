import { METRIC_NAMESPACE, METRICS } from "../names.ts";

type MetricKey = keyof typeof METRICS;
type Unit = "Count" | "Milliseconds" | "Seconds" | "Percent" | "None";

/**
 * One metric value in CloudWatch's embedded metric format: a log line that CloudWatch turns into a metric.
 * `by` lists the dimension sets under which it is published; `[]` is the sum over everything.
 */
export function metric(
  name: MetricKey,
  value: number,
  options: { unit?: Unit; dimensions?: Record<string, string>; by?: string[][] } = {},
): void {
  const { unit = "Count", dimensions = {}, by = [[]] } = options;
  const document = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: METRIC_NAMESPACE, Dimensions: by, Metrics: [{ Name: METRICS[name], Unit: unit }] },
      ],
    },
    ...dimensions,
    [METRICS[name]]: value,
  };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
