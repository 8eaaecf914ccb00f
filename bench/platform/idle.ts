import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PRICE_USD } from "../../local/meter/prices.ts";
import type { Deployment } from "../../local/template/model.ts";

const MONTH_S = 30 * 86_400;
const MONTH_MINUTES = MONTH_S / 60;
const LONG_POLL_S = 20;
/** CloudWatch: an alarm is paid for by the metrics it looks at. */
const ALARM_METRIC_USD = 0.1;
const SECRET_USD = 0.4;
/** Long polls that Lambda keeps open on a quiet queue. */
const POLLERS = { usual: 2, withMaximumConcurrency: 5 };

export type IdleItem = { item: string; usd: number };

/** What a month without any traffic costs, item by item, from the template; list prices without a free tier. */
export function idleItems(deployment: Deployment, assembly: string): IdleItem[] {
  const { eventSources, secrets, queues } = deployment;
  const consumed = eventSources.length;
  const limited = eventSources.filter(({ maximumConcurrency }) => maximumConcurrency !== undefined).length;
  const polls = (count: number, pollers: number) =>
    count * pollers * (MONTH_S / LONG_POLL_S) * PRICE_USD["sqs.request"];
  const alarmMetrics = countAlarmMetrics(assembly);
  return [
    {
      item: `polling of ${eventSources.length - limited} queues by ${POLLERS.usual} long polls`,
      usd: polls(eventSources.length - limited, POLLERS.usual),
    },
    {
      item: `polling of ${limited} queues with a maximum concurrency by ${POLLERS.withMaximumConcurrency}`,
      usd: polls(limited, POLLERS.withMaximumConcurrency),
    },
    { item: `${alarmMetrics} metrics under alarms`, usd: alarmMetrics * ALARM_METRIC_USD },
    { item: `${secrets.length} secrets`, usd: secrets.length * SECRET_USD },
    ...reconciler(consumed, queues.length - consumed),
  ];
}

/** Every minute: counts the queues, asks sixteen partitions of the due index, reads and writes the load. */
function reconciler(consumed: number, dead: number): IdleItem[] {
  const each = {
    // Dead letters are counted every five minutes.
    sqs: (consumed + dead / 5) * PRICE_USD["sqs.request"],
    dynamodb: (16 * 0.5 + 1) * PRICE_USD["dynamodb.readUnit"] + PRICE_USD["dynamodb.writeUnit"],
    lambda: PRICE_USD["lambda.request"] + 0.2 * 0.5 * PRICE_USD["lambda.gbSecond"],
    logs: 300 * PRICE_USD["logs.byte"],
  };
  return Object.entries(each).map(([what, usd]) => ({
    item: `the reconciler's ${what}, every minute`,
    usd: usd * MONTH_MINUTES,
  }));
}

type Alarm = { Type: string; Properties: { Metrics?: { MetricStat?: unknown }[] } };

function countAlarmMetrics(assembly: string): number {
  const resources = globSync(join(assembly, "*.template.json")).flatMap(
    (file) => Object.values(JSON.parse(readFileSync(file, "utf8")).Resources) as Alarm[],
  );
  return resources
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties: { Metrics } }) => Metrics?.filter((metric) => metric.MetricStat).length ?? 1)
    .reduce((sum, count) => sum + count, 0);
}
