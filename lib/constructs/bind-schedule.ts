import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { DELIVERY_INDEX, ENV } from "../../functions/names.ts";
import type { Parts } from "./parts.ts";
import { allowSend, nameAllQueues } from "./queues.ts";
import { bindTable } from "./tables.ts";

/** The clockwork: the reconciler every minute, the sweep once a day. */
export function bindSchedule({ config, functions, queues, state: { tables } }: Parts): void {
  const { reconcile, sweep } = functions;

  bindTable(
    reconcile,
    "delivery",
    tables.delivery.table,
    ["GetItem", "Query", "PutItem", "UpdateItem"],
    [DELIVERY_INDEX.due],
  );
  bindTable(reconcile, "guard", tables.guard.table, ["GetItem", "PutItem"]);
  allowSend(reconcile, queues, ["plan-high", "plan-normal", "plan-low"]);
  nameAllQueues(reconcile, queues);
  reconcile.allow(
    "CountMessages",
    ["sqs:GetQueueAttributes"],
    [...Object.values(queues.byKey), ...Object.values(queues.dead)].map((queue) => queue.queueArn),
  );
  reconcile.env(ENV.loadLevels, JSON.stringify(config.loadLevels));
  // A run that failed is made up for by the next one: Lambda's own repetitions would run beside it.
  reconcile.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
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
