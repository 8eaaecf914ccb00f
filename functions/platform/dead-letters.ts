import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { DeadLetter } from "../core/dead-letters/dead-letter.ts";
import type { RedrivePorts } from "../core/dead-letters/redrive.ts";
import { type Consumer, QUEUE_KEYS, type QueueKey } from "../names.ts";
import { sqsClient } from "./clients.ts";
import { deadLettersUrl, queueUrl } from "./env.ts";
import { hideFor, sendAll } from "./queues.ts";

type Received = DeadLetter & {
  from: QueueKey | undefined;
  handle: string;
  group: string;
  traceparent?: string;
};

const RECEIVED_AT_ONCE = 10;
/** Longer than the HTTP function may run. */
const HIDDEN_S = 60;

/** Some of a consumer's dead letters, up to ten; they stay visible to others. */
export const lookAtDeadLetters = (consumer: Consumer): Promise<DeadLetter[]> =>
  receive(deadLettersUrl(consumer), RECEIVED_AT_ONCE, 0);

export function redrivePorts(consumer: Consumer): RedrivePorts<Received> {
  const url = deadLettersUrl(consumer);
  return {
    receive: (most) => receive(url, Math.min(most, RECEIVED_AT_ONCE), HIDDEN_S),
    async sendBack(letters) {
      for (const [queue, mine] of Map.groupBy(letters, ({ from }) => from)) {
        if (queue === undefined) throw new Error("a dead letter without a source queue cannot go back");
        await sendAll(
          queue,
          mine.map(({ body, group, traceparent }) => ({
            body: JSON.parse(body) as object,
            group,
            ...(traceparent !== undefined && { traceparent }),
          })),
        );
      }
    },
    remove: (letters) => remove(url, letters),
    async show(letters) {
      await Promise.all(letters.map(({ handle }) => hideFor(url, handle, 0)));
    },
  };
}

async function receive(url: string, most: number, hiddenS: number): Promise<Received[]> {
  const { Messages = [] } = await sqsClient().send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: most,
      VisibilityTimeout: hiddenS,
      // A short poll asks some of SQS's servers, and of a few letters it may find none.
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ["SentTimestamp", "MessageGroupId", "DeadLetterQueueSourceArn"],
      MessageAttributeNames: ["traceparent"],
    }),
  );
  return Messages.map(fromMessage);
}

function fromMessage({ MessageId, Body, ReceiptHandle, Attributes, MessageAttributes }: Message): Received {
  const traceparent = MessageAttributes?.["traceparent"]?.StringValue;
  return {
    id: MessageId ?? "",
    body: Body ?? "",
    from: queueOf(Attributes?.DeadLetterQueueSourceArn),
    sentAtMs: Number(Attributes?.SentTimestamp),
    handle: ReceiptHandle ?? "",
    group: Attributes?.MessageGroupId ?? "redriven",
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** A queue's name is the last part of its ARN and of its URL. */
const queueOf = (arn: string | undefined): QueueKey | undefined =>
  arn === undefined
    ? undefined
    : QUEUE_KEYS.find((key) => queueUrl(key).split("/").at(-1) === arn.split(":").at(-1));

/** @throws Error when SQS kept any of them: it comes again, and is sent back again */
async function remove(url: string, letters: readonly Received[]): Promise<void> {
  if (letters.length === 0) return;
  const { Failed = [] } = await sqsClient().send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: letters.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle })),
    }),
  );
  if (Failed.length > 0)
    throw new Error(`SQS kept ${Failed.length} dead letters: ${Failed[0]?.Code ?? "no code"}`);
}
