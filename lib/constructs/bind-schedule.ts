import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { CONSUMERS, DELIVERY_INDEX, deadLettersEnv, QUEUE_KEYS, queueEnv } from "../../functions/names.ts";
import type { Parts } from "./parts.ts";
import { bindSender } from "./queues.ts";
import { bindTable } from "./tables.ts";

/** The clockwork: the reconciler every minute, the sweep once a day. */
export function bindSchedule({ functions: { reconcile, sweep }, queues, state: { tables } }: Parts): void {
  bindTable(
    reconcile,
    "delivery",
    tables.delivery.table,
    ["GetItem", "Query", "PutItem", "UpdateItem"],
    [DELIVERY_INDEX.due],
  );
  bindTable(reconcile, "guard", tables.guard.table, ["GetItem", "PutItem"]);
  bindSender(reconcile, queues, ["plan-high", "plan-normal", "plan-low"]);
  for (const key of QUEUE_KEYS) reconcile.env(queueEnv(key), queues.byKey[key].queueUrl);
  reconcile.allow(
    "CountMessages",
    ["sqs:GetQueueAttributes"],
    [...Object.values(queues.byKey), ...Object.values(queues.dead)].map((queue) => queue.queueArn),
  );
  for (const consumer of CONSUMERS) reconcile.env(deadLettersEnv(consumer), queues.dead[consumer].queueUrl);
  new Rule(reconcile, "EveryMinute", {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(reconcile.lambda, { retryAttempts: 0 })],
  });
  bindTable(sweep, "catalog", tables.catalog.table, ["Query"]);
  bindTable(sweep, "directory", tables.directory.table, ["Query", "PutItem", "GetItem"]);
  new Rule(sweep, "Daily", {
    schedule: Schedule.cron({ minute: "7", hour: "3" }),
    targets: [new LambdaFunction(sweep.lambda, { retryAttempts: 2 })],
  });
}
