import { AwsError } from "../door/aws-error.ts";
import type { Deployment } from "../template/model.ts";
import { parseScheduleExpression } from "./next-fire.ts";
import type { ScheduleInput } from "./shapes.ts";
import { isZone } from "./zone-time.ts";

export const UNIVERSAL_SEND = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage";
const NAME = /^[0-9a-zA-Z_.-]{1,64}$/;
const MAX_INPUT_BYTES = 256 * 1024;

export const invalid = (message: string) => new AwsError("ValidationException", message);

export function requireName(kind: string, name: string | undefined): void {
  if (!NAME.test(name ?? "")) throw invalid(`${kind} "${name}" must match [0-9a-zA-Z-_.]{1,64}.`);
}

function requireExpression(input: ScheduleInput): void {
  try {
    parseScheduleExpression(input.ScheduleExpression ?? "");
  } catch (error) {
    throw invalid(`Invalid Schedule Expression ${input.ScheduleExpression}: ${(error as Error).message}.`);
  }
  const zone = input.ScheduleExpressionTimezone;
  if (zone !== undefined && !isZone(zone))
    throw invalid(`Invalid ScheduleExpressionTimezone "${zone}": not an IANA zone.`);
}

function requireTarget(input: ScheduleInput, deployment: Deployment): void {
  const { Arn, RoleArn, Input, DeadLetterConfig } = input.Target ?? {};
  if (Arn !== UNIVERSAL_SEND && !deployment.queues.some((queue) => queue.arn === Arn)) {
    throw invalid(
      `Target ${Arn} is not served locally: use the ARN of a queue of the template, or ${UNIVERSAL_SEND}.`,
    );
  }
  const role = deployment.roles.find((candidate) => candidate.arn === RoleArn);
  if (!role?.trustedServices.includes("scheduler.amazonaws.com")) {
    throw invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
  }
  if (Buffer.byteLength(Input ?? "") > MAX_INPUT_BYTES) throw invalid("Target.Input is over 256 KB.");
  if (DeadLetterConfig?.Arn && !deployment.queues.some((queue) => queue.arn === DeadLetterConfig.Arn)) {
    throw invalid(`DeadLetterConfig.Arn ${DeadLetterConfig.Arn} is no queue of the template.`);
  }
}

export function requireSchedule(input: ScheduleInput, deployment: Deployment): void {
  requireName("Name", input.Name);
  requireExpression(input);
  if (input.FlexibleTimeWindow?.Mode !== "OFF" && input.FlexibleTimeWindow?.Mode !== "FLEXIBLE") {
    throw invalid("FlexibleTimeWindow.Mode must be OFF or FLEXIBLE.");
  }
  requireTarget(input, deployment);
}
