import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { METRIC_NAMESPACE, METRICS } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";

export type AlarmRule = {
  /** Construct id, and the heading of its article in docs/operations/runbook.md. */
  name: string;
  what: string;
  metric: IMetric;
  threshold: number;
  below?: boolean;
  periods?: number;
};

/** Our own metric, over everything (no dimensions) or one dimension set that the functions publish. */
export function ownMetric(
  name: keyof typeof METRICS,
  statistic: string,
  dimensionsMap?: Record<string, string>,
  period = Duration.minutes(1),
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS[name],
    statistic,
    period,
    ...(dimensionsMap && { dimensionsMap }),
  });
}

/** One metric of several resources, folded into one: at most 10, which is CloudWatch's limit for an alarm. */
export function fold(
  expression: "SUM" | "MAX",
  metrics: IMetric[],
  period = Duration.minutes(1),
): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({
    expression: `${expression}([${Object.keys(usingMetrics).join(",")}])`,
    usingMetrics,
    period,
  });
}

/** Alarms named by construct path, each with its runbook article, all to one topic. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { config: Config; rules: AlarmRule[] }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: "Clarion alarms", enforceSSL: true });
    // Its own policy takes the place of the topic's default one, by which the account's alarms might publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsMayPublish",
        actions: ["sns:Publish"],
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (props.config.alarmEmail) this.topic.addSubscription(new EmailSubscription(props.config.alarmEmail));
    for (const rule of props.rules) this.add(rule, props.config.docsUrl);
  }

  private add(rule: AlarmRule, docsUrl: string): void {
    const periods = rule.periods ?? 1;
    const alarm = new Alarm(this, rule.name, {
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      comparisonOperator: rule.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${rule.what} Runbook: ${docsUrl}/operations/runbook#${rule.name.toLowerCase()}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}
