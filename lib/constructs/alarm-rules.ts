import { Duration } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { WebSocketApi } from "aws-cdk-lib/aws-apigatewayv2";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Config } from "../config/config.ts";
import { type AlarmRule, fold, ownMetric } from "./alarms.ts";
import type { ClarionFunction } from "./function.ts";

export type Watched = {
  config: Config;
  workers: ClarionFunction[];
  /** Reads SNS's delivery log, where the operator wants it. */
  logReader: ClarionFunction | undefined;
  restApi: RestApi;
  socketApi: WebSocketApi;
  scheduleGroupName: string;
};

const MINUTE = { period: Duration.minutes(1) };

/** A minute more or less of these harms nobody. */
const SIDE_OLDEST_S = 60;

/** Every alarm of the platform; docs/operations/runbook.md has an article for each. */
export function alarmRules(watched: Watched): AlarmRule[] {
  return [...deliveryRules(watched), ...queueRules(watched), ...awsRules(watched), ...apiRules(watched)];
}

function deliveryRules({ config: { alarms } }: Watched): AlarmRule[] {
  return [
    {
      name: "FailedTargets",
      what: "More targets fail than usual.",
      metric: failedPercent(),
      threshold: alarms.failedPercent,
      periods: 5,
    },
    {
      name: "Arrival",
      what: "Fewer than 99 % of the targets are taken by their provider.",
      metric: failedPercent(),
      threshold: 1,
      periods: 30,
    },
    {
      name: "SlowDelivery",
      what: "From acceptance to the provider takes too long.",
      metric: ownMetric("latencyMs", "p99"),
      threshold: alarms.latencyP99Ms,
      periods: 5,
    },
    {
      name: "Unplanned",
      what: "A notification was accepted and is not planned.",
      metric: ownMetric("oldestUnplannedS", "Maximum"),
      threshold: alarms.unplannedS,
      periods: 1,
    },
    {
      name: "SuspectedConfiguration",
      what: "Many tokens of one app look bad at once; none was removed.",
      metric: ownMetric("suspectedConfiguration", "Sum"),
      threshold: 0,
    },
    {
      name: "Misconfigured",
      what: "A provider refuses an app's credentials or request.",
      metric: ownMetric("misconfigured", "Sum"),
      threshold: 0,
    },
    {
      name: "Poison",
      what: "A job crashed five times and was given up.",
      metric: ownMetric("poison", "Sum"),
      threshold: 0,
    },
    {
      name: "LoadShedding",
      what: "Requests are refused because of load.",
      metric: ownMetric("rejections", "Sum"),
      threshold: 0,
      periods: 3,
    },
    {
      name: "Memory",
      what: "A function uses more than 90 % of its memory.",
      metric: ownMetric("memoryPercent", "Maximum"),
      threshold: 90,
      periods: 3,
    },
  ];
}

/** Targets that failed, in per cent of those that were tried; alarms are paid for by the metric. */
function failedPercent(): IMetric {
  return new MathExpression({
    expression: "100 * FILL(failed, 0) / (FILL(tried, 0) + 0.001)",
    usingMetrics: { failed: ownMetric("failed", "Sum"), tried: ownMetric("tried", "Sum") },
    ...MINUTE,
  });
}

/** Queues are looked at by the reconciler, every minute: SQS's own metrics would be paid for by the queue. */
function queueRules({ config: { alarms } }: Watched): AlarmRule[] {
  return [
    ...(["high", "normal", "low"] as const).map((priority) => ({
      name: `Backlog${priority[0]!.toUpperCase()}${priority.slice(1)}`,
      what: `The ${priority} queues hold a large backlog.`,
      metric: ownMetric("pending", "Maximum", { priority }),
      threshold: alarms.backlog,
      periods: 10,
    })),
    {
      name: "HighWaits",
      what: "A high-priority message waits.",
      metric: ownMetric("highOldestS", "Maximum"),
      threshold: alarms.highOldestS,
      periods: 3,
    },
    {
      name: "SideWaits",
      what: "Fired schedules, receipts or what AWS tells are not read.",
      metric: ownMetric("sideOldestS", "Maximum"),
      threshold: SIDE_OLDEST_S,
      periods: 10,
    },
    {
      name: "InFlight",
      what: "A queue nears SQS's limit of 120,000 messages in flight.",
      metric: ownMetric("inFlight", "Maximum"),
      threshold: alarms.inFlight,
    },
    {
      name: "DeadLetters",
      what: "A consumer gave a message up.",
      // As often as it is told: between two of them the alarm must not call it over.
      metric: ownMetric("deadLetters", "Maximum", undefined, Duration.minutes(5)),
      threshold: 0,
    },
  ];
}

function awsRules({ config, workers, logReader, scheduleGroupName }: Watched): AlarmRule[] {
  const errors = (list: ClarionFunction[]) =>
    fold(
      "SUM",
      list.map(({ lambda }) => lambda.metricErrors(MINUTE)),
    );
  return [
    {
      name: "TableThrottles",
      what: "DynamoDB throttles.",
      metric: ownMetric("throttles", "Sum"),
      threshold: 0,
      periods: 2,
    },
    {
      name: "WorkerErrors",
      what: "A queue or schedule function fails.",
      metric: errors(workers),
      threshold: 0,
      periods: 2,
    },
    // An alarm folds ten metrics, and the workers are ten.
    ...(logReader
      ? [
          {
            name: "DeliveryLogErrors",
            what: "The reader of SNS's delivery log fails.",
            metric: errors([logReader]),
            threshold: 0,
          },
        ]
      : []),
    {
      name: "Concurrency",
      what: "Lambda nears the account's concurrency.",
      metric: new Metric({
        namespace: "AWS/Lambda",
        metricName: "ConcurrentExecutions",
        statistic: "Maximum",
        ...MINUTE,
      }),
      threshold: config.alarms.accountConcurrency * 0.8,
      periods: 3,
    },
    {
      name: "SchedulesDropped",
      what: "EventBridge Scheduler gave a schedule up.",
      metric: new Metric({
        namespace: "AWS/Scheduler",
        metricName: "InvocationDroppedCount",
        dimensionsMap: { ScheduleGroup: scheduleGroupName },
        statistic: "Sum",
        ...MINUTE,
      }),
      threshold: 0,
    },
  ];
}

/** The two APIs' own metrics tell of their functions' failures too. */
function apiRules({ config, restApi, socketApi }: Watched): AlarmRule[] {
  return [
    {
      name: "ApiServerErrors",
      what: "The API answers 5xx that are not meant.",
      metric: new MathExpression({
        expression: "FILL(answered, 0) - FILL(meant, 0)",
        usingMetrics: {
          answered: restApi.metricServerError({ statistic: "Sum", ...MINUTE }),
          meant: ownMetric("unavailable", "Sum"),
        },
        ...MINUTE,
      }),
      threshold: 0,
      periods: 3,
    },
    {
      name: "ApiQuota",
      what: "Requests near the API's quota.",
      metric: restApi.metricCount({ statistic: "Sum", ...MINUTE }),
      threshold: config.limits.stageRequestsPerS * 60 * 0.8,
      periods: 3,
    },
    {
      name: "SocketErrors",
      what: "The WebSocket API or one of its functions fails.",
      metric: fold("SUM", [
        socketApi.metric("IntegrationError", { statistic: "Sum", ...MINUTE }),
        socketApi.metric("ExecutionError", { statistic: "Sum", ...MINUTE }),
      ]),
      threshold: 0,
      periods: 2,
    },
  ];
}
