import { randomUUID } from "node:crypto";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "../door/aws-error.ts";
import type { Principal } from "../door/principal.ts";
import type { Schedule, ScheduleTarget } from "./shapes.ts";
import { UNIVERSAL_SEND } from "./validate.ts";

export type SchedulerCall = (
  principal: Principal,
  service: string,
  operation: string,
  input: object,
) => Promise<unknown>;

export type Delivery = {
  clock: VirtualClock;
  call: SchedulerCall;
  queueUrl(name: string): string;
  onDropped(schedule: Schedule, reason: string): void;
};

const DEFAULT_AGE_S = 86_400;
const DEFAULT_RETRIES = 185;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 30 * 60_000;

type Attempt = { schedule: Schedule; scheduledMs: number; executionId: string; number: number };

const isoSeconds = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

function substitute(text: string, attempt: Attempt): string {
  return text
    .replaceAll("<aws.scheduler.schedule-arn>", attempt.schedule.arn)
    .replaceAll("<aws.scheduler.scheduled-time>", isoSeconds(attempt.scheduledMs))
    .replaceAll("<aws.scheduler.execution-id>", attempt.executionId)
    .replaceAll("<aws.scheduler.attempt-number>", String(attempt.number));
}

const nameOfQueue = (arn: string) => arn.slice(arn.lastIndexOf(":") + 1);

function messageFor(delivery: Delivery, target: ScheduleTarget, attempt: Attempt): object {
  const text = substitute(target.Input ?? "{}", attempt);
  if (target.Arn === UNIVERSAL_SEND) return JSON.parse(text) as object;
  const group = target.SqsParameters?.MessageGroupId;
  return {
    QueueUrl: delivery.queueUrl(nameOfQueue(target.Arn)),
    MessageBody: text,
    ...(group !== undefined && { MessageGroupId: group }),
  };
}

async function giveUp(delivery: Delivery, attempt: Attempt, error: AwsError): Promise<void> {
  const { Target: target } = attempt.schedule;
  const deadLetterArn = target.DeadLetterConfig?.Arn;
  if (!deadLetterArn) return delivery.onDropped(attempt.schedule, error.message);
  const text = (value: string) => ({ DataType: "String", StringValue: value });
  const role: Principal = { kind: "role", roleArn: target.RoleArn };
  await delivery.call(role, "sqs", "SendMessage", {
    QueueUrl: delivery.queueUrl(nameOfQueue(deadLetterArn)),
    MessageBody: substitute(target.Input ?? "{}", attempt),
    MessageAttributes: {
      ERROR_CODE: text(error.code),
      ERROR_MESSAGE: text(error.message),
      EXECUTION_ID: text(attempt.executionId),
      SCHEDULE_ARN: text(attempt.schedule.arn),
      SCHEDULED_TIME: text(isoSeconds(attempt.scheduledMs)),
      TARGET_ARN: text(target.Arn),
    },
  });
}

/** What the target refuses for good is not tried again. */
const isRetryable = (error: AwsError) => error.status >= 500 || /Throttl|OverLimit/.test(error.code);

function retryOrGiveUp(delivery: Delivery, attempt: Attempt, error: AwsError): Promise<void> {
  const policy = attempt.schedule.Target.RetryPolicy;
  const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt.number - 1));
  const againMs = delivery.clock.now() + delayMs;
  const tooOld = againMs - attempt.scheduledMs > (policy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_S) * 1000;
  if (!isRetryable(error) || tooOld || attempt.number > (policy?.MaximumRetryAttempts ?? DEFAULT_RETRIES)) {
    return giveUp(delivery, attempt, error);
  }
  return new Promise((resolve, reject) => {
    // Not awaited by the timer, or `advance` would wait for its own end.
    delivery.clock.setTimer(
      againMs,
      () => void tryOnce(delivery, { ...attempt, number: attempt.number + 1 }).then(resolve, reject),
    );
  });
}

async function tryOnce(delivery: Delivery, attempt: Attempt): Promise<void> {
  const { Target: target } = attempt.schedule;
  const role: Principal = { kind: "role", roleArn: target.RoleArn };
  try {
    await delivery.call(role, "sqs", "SendMessage", messageFor(delivery, target, attempt));
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError("InvalidInput", (error as Error).message);
    await retryOrGiveUp(delivery, attempt, known);
  }
}

/** Resolves when the target has it, or every retry is used up. At least once: a restart in between repeats it. */
export const deliver = (delivery: Delivery, schedule: Schedule, scheduledMs: number) =>
  tryOnce(delivery, { schedule, scheduledMs, executionId: randomUUID(), number: 1 });
