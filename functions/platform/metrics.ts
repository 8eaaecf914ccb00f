import { METRIC_NAMESPACE, METRICS } from "../names.ts";
import type { LogFields } from "./log.ts";

type MetricKey = keyof typeof METRICS;
type Unit = "Count" | "Milliseconds" | "Seconds" | "Percent" | "None";

export type Measured = {
  name: MetricKey;
  value: number;
  unit?: Unit;
  /** Dimension sets under which it is published; `[]` is the sum over everything. */
  by?: readonly (readonly string[])[];
};

/**
 * Metric values in CloudWatch's embedded metric format: a log line that CloudWatch turns into metrics. Every line is
 * paid for by its length, so values of one moment, and what is logged of it, share one.
 * @param fields the dimensions' values, and whatever else the line tells
 */
export function metrics(measured: readonly Measured[], fields: LogFields = {}): void {
  const document = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: directives(measured),
    },
    ...fields,
    ...Object.fromEntries(measured.map(({ name, value }) => [METRICS[name], value])),
  };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Values under the same dimensions share a directive. */
function directives(measured: readonly Measured[]) {
  const byDimensions = Object.groupBy(measured, ({ by = [[]] }) => JSON.stringify(by));
  return Object.values(byDimensions).map((values = []) => ({
    Namespace: METRIC_NAMESPACE,
    Dimensions: values[0]?.by ?? [[]],
    Metrics: values.map(({ name, unit = "Count" }) => ({ Name: METRICS[name], Unit: unit })),
  }));
}

/** One metric value. */
export function metric(
  name: MetricKey,
  value: number,
  {
    dimensions = {},
    ...rest
  }: Omit<Measured, "name" | "value"> & { dimensions?: Record<string, string> } = {},
): void {
  metrics([{ name, value, ...rest }], dimensions);
}
