import { Dashboard, GraphWidget, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { ownMetric } from "./alarms.ts";
import type { Queues } from "./queues.ts";

/** One page: what goes in, what comes out, what waits, what is wrong. */
export class ClarionDashboard extends Construct {
  constructor(scope: Construct, id: string, props: { queues: Queues; docsUrl: string }) {
    super(scope, id);
    const outcome = (name: string) => ownMetric("outcomes", "Sum", { outcome: name });
    const queues = Object.values(props.queues.byKey) as Queue[];
    new Dashboard(this, "Dashboard", {
      widgets: [
        [
          new TextWidget({
            markdown: `# Clarion\n[Runbook](${props.docsUrl}/operations/runbook)`,
            width: 24,
            height: 2,
          }),
        ],
        [
          new GraphWidget({
            title: "Accepted notifications",
            left: [ownMetric("accepted", "Sum")],
            width: 8,
          }),
          new GraphWidget({
            title: "Targets by outcome",
            left: ["accepted", "gone", "rejected", "failed", "unknown", "suppressed", "expired"].map(outcome),
            width: 8,
          }),
          new GraphWidget({
            title: "Accept to provider",
            left: [ownMetric("latencyMs", "p50"), ownMetric("latencyMs", "p99")],
            width: 8,
          }),
        ],
        [
          new GraphWidget({
            title: "Waiting",
            left: queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
            width: 8,
          }),
          new GraphWidget({
            title: "Oldest",
            left: queues.map((queue) => queue.metricApproximateAgeOfOldestMessage()),
            width: 8,
          }),
          new GraphWidget({
            title: "Trouble",
            left: [
              ownMetric("misconfigured", "Sum"),
              ownMetric("poison", "Sum"),
              ownMetric("rejections", "Sum"),
              ownMetric("suspectedConfiguration", "Sum"),
            ],
            width: 8,
          }),
        ],
      ],
    });
  }
}
