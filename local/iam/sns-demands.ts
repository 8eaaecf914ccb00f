import { type Demand, type Input, textOf } from "./demand.ts";

/** To IAM a text message's resource is the bare number, which has no ARN: only `*`, or a pattern of numbers, fits it. */
export function snsDemands(operation: string, input: Input): Demand[] {
  const resource = textOf(input, "TopicArn") || textOf(input, "TargetArn") || textOf(input, "PhoneNumber");
  return [{ action: `sns:${operation}`, resource: operation === "Publish" ? resource : "*" }];
}
