import { Duration, Fn } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { CONSUMERS, type Consumer, ENV, QUEUE_KEYS, type QueueKey, queueEnv } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import type { ClarionFunction } from "./function.ts";

/** Crash recovery and poison are the ledger's business; redrive is the backstop behind it. */
const MAX_RECEIVE_COUNT = 100;

export type Queues = {
  byKey: Record<QueueKey, Queue>;
  dead: Record<Consumer, Queue>;
};

const consumerOf = (key: QueueKey): Consumer =>
  CONSUMERS.find((consumer) => key.replace("dispatch-", "").split("-")[0] === consumer)!;

const pascal = (text: string): string =>
  text.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

/** Standard queues; fair because every message carries a group. */
export function makeQueues(scope: Construct, config: Config): Queues {
  const home = new Construct(scope, "Queues");
  const encryption = config.kmsKeyArn
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: Key.fromKeyArn(home, "Key", config.kmsKeyArn) }
    : { encryption: QueueEncryption.SQS_MANAGED };
  const dead: Partial<Record<Consumer, Queue>> = {};
  const deadFor = (key: QueueKey): Queue => {
    const consumer = consumerOf(key);
    dead[consumer] ??= new Queue(home, `${pascal(consumer)}Dead`, {
      ...encryption,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    return dead[consumer];
  };
  const entries = QUEUE_KEYS.map((key) => {
    const queue = new Queue(home, pascal(key), {
      ...encryption,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(visibilityS(key, config)),
      deadLetterQueue: { queue: deadFor(key), maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    return [key, queue] as const;
  });
  return {
    byKey: Object.fromEntries(entries) as Record<QueueKey, Queue>,
    dead: dead as Record<Consumer, Queue>,
  };
}

const visibilityS = (key: QueueKey, { times }: Config): number => {
  if (key.startsWith("dispatch-")) return times.dispatchVisibilityS;
  return key.startsWith("plan-") ? times.planVisibilityS : 60;
};

/** Tells a function where these queues are. */
function nameQueues(fn: ClarionFunction, { byKey }: Queues, keys: readonly QueueKey[]): void {
  fn.env(ENV.queueUrl, byKey.ingest.queueUrl);
  for (const key of keys) fn.env(queueEnv(key), byKey[key].queueName);
}

/** Tells a function where all queues and dead letters are; a variable for each would be more than it may have. */
export function nameAllQueues(fn: ClarionFunction, { byKey, dead }: Queues): void {
  fn.env(ENV.queueUrl, byKey.ingest.queueUrl);
  const all = [...QUEUE_KEYS.map((key) => byKey[key]), ...CONSUMERS.map((consumer) => dead[consumer])];
  fn.env(
    ENV.allQueues,
    Fn.join(
      ",",
      all.map(({ queueName }) => queueName),
    ),
  );
}

/** Lets a function send to these queues: environment and one statement. */
export function bindSender(fn: ClarionFunction, queues: Queues, keys: readonly QueueKey[]): void {
  nameQueues(fn, queues, keys);
  allowSend(fn, queues, keys);
}

export function allowSend(fn: ClarionFunction, queues: Queues, keys: readonly QueueKey[]): void {
  fn.allow(
    "SendToQueues",
    ["sqs:SendMessage"],
    keys.map((key) => queues.byKey[key].queueArn),
  );
}

const isInApp = (key: QueueKey): boolean => key.includes("-inApp-");

const maximumConcurrency = (
  key: QueueKey,
  { maximumConcurrency: { low, inApp } }: Config,
): number | undefined => (key.endsWith("-low") ? low : isInApp(key) ? inApp : undefined);

/** How many environments of the in-app dispatcher may work at once: what all of them post in a second is bounded. */
export const inAppEnvironments = (config: Config): number =>
  QUEUE_KEYS.filter(isInApp).reduce((sum, key) => sum + (maximumConcurrency(key, config) ?? 0), 0);

/**
 * Lets a function consume a queue. High: small batches, no window; low and in-app are the only ones with a
 * maximum, because it disables Lambda's cheaper idle polling.
 */
export function bindConsumer(fn: ClarionFunction, queues: Queues, key: QueueKey, config: Config): void {
  const low = key.endsWith("-low");
  const maxConcurrency = maximumConcurrency(key, config);
  nameQueues(fn, queues, [key]);
  fn.lambda.addEventSource(
    new SqsEventSource(queues.byKey[key], {
      batchSize: low ? 20 : 10,
      ...(low && { maxBatchingWindow: Duration.seconds(1) }),
      ...(maxConcurrency !== undefined && { maxConcurrency }),
      reportBatchItemFailures: true,
    }),
  );
}
