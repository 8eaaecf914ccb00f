import type { Queue } from "../template/model.ts";
import { type Demand, type Input, type Place, textOf } from "./demand.ts";

/** A batch is allowed by the action of its single form. */
const actionOf = (operation: string) => `sqs:${operation.replace(/Batch$/, "")}`;

/** What the Developer Guide asks of who starts a redrive, beside the action itself. */
const REDRIVE_ACTIONS = [
  "sqs:StartMessageMoveTask",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
];

export function sqsDemands(
  place: Place,
  queues: readonly Queue[],
  operation: string,
  input: Input,
): Demand[] {
  const demand = (action: string, resource: string): Demand => {
    const policy = queues.find((queue) => queue.arn === resource)?.policy;
    return { action, resource, ...(policy && { resourcePolicy: policy }) };
  };
  if (operation === "ListQueues") return [{ action: "sqs:ListQueues", resource: "*" }];
  if (operation === "StartMessageMoveTask") {
    const destination = textOf(input, "DestinationArn");
    const onSource = REDRIVE_ACTIONS.map((action) => demand(action, textOf(input, "SourceArn")));
    return destination ? [...onSource, demand("sqs:SendMessage", destination)] : onSource;
  }
  const url = textOf(input, "QueueUrl");
  const name = url ? url.slice(url.lastIndexOf("/") + 1) : textOf(input, "QueueName");
  const arn = textOf(input, "SourceArn") || `arn:aws:sqs:${place.region}:${place.account}:${name}`;
  return [demand(actionOf(operation), arn)];
}
