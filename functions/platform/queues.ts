import { ChangeMessageVisibilityCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { sha256Hex } from "../core/hash.ts";
import type { QueueKey } from "../names.ts";
import { now, sqsClient } from "./clients.ts";
import { queueUrl } from "./env.ts";
import { log } from "./log.ts";

export type Outgoing = {
  body: object;
  /** Fair-queue group: one tenant's (or one campaign's) share of the queue. */
  group: string;
  delayMs?: number;
  traceparent?: string;
};

/** Message attribute of a delayed message: when its delay is over (epoch ms). */
export const NOT_BEFORE = "notBefore";

const BATCH_ENTRIES = 10;
/** SQS takes 1 MiB a batch; attributes and groups need some of it. */
const BATCH_BYTES = 1_000_000;

/** JSON that SQS accepts: two code points that JSON may hold are no valid characters of a message. */
export const messageBody = (body: object): string =>
  JSON.stringify(body).replace(/[\ufffe\uffff]/g, (character) =>
    character === "\ufffe" ? "\\ufffe" : "\\uffff",
  );

/** Group of a list of up to 100 people: the app and its provider; larger audiences have one of their own. */
export const groupOf = (app: string, rest: string): string =>
  `${app}#${rest.length <= 64 ? rest : sha256Hex(rest).slice(0, 32)}`;

/**
 * Sends messages, ten at a time.
 * @throws Error when any of them was not taken: the caller repeats the whole step, which ids make harmless
 */
export async function sendAll(queue: QueueKey, messages: readonly Outgoing[]): Promise<void> {
  const url = queueUrl(queue);
  await Promise.all(batches(messages).map((entries) => sendBatch(url, entries)));
}

type Entry = Omit<Outgoing, "body"> & { body: string };

function batches(messages: readonly Outgoing[]): Entry[][] {
  const found: Entry[][] = [];
  let bytes = 0;
  for (const { body, ...rest } of messages) {
    const text = messageBody(body);
    const size = Buffer.byteLength(text) + 500;
    const current = found.at(-1);
    if (current === undefined || current.length >= BATCH_ENTRIES || bytes + size > BATCH_BYTES) {
      found.push([{ body: text, ...rest }]);
      bytes = size;
    } else {
      current.push({ body: text, ...rest });
      bytes += size;
    }
  }
  return found;
}

async function sendBatch(url: string, entries: Entry[]): Promise<void> {
  const { Failed = [] } = await sqsClient().send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: entries.map(({ body, group, delayMs = 0, traceparent }, index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        DelaySeconds: Math.min(900, Math.max(0, Math.ceil(delayMs / 1000))),
        MessageAttributes: {
          ...(traceparent && { traceparent: { DataType: "String", StringValue: traceparent } }),
          ...(delayMs > 0 && {
            [NOT_BEFORE]: { DataType: "Number", StringValue: String(Math.ceil(now() + delayMs)) },
          }),
        },
      })),
    }),
  );
  if (Failed.length > 0) {
    throw new Error(
      `SQS did not take ${Failed.length} of ${entries.length} messages: ${Failed[0]?.Code ?? "no code"}`,
    );
  }
}

/** SQS's ways to say that a message was received again by somebody else, who is in charge of it now. */
const STALE_HANDLE = new Set(["InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"]);

/** Makes a message visible again after `delayMs` (0 = at once), if it is still ours. */
export async function hideFor(queue: string, receiptHandle: string, delayMs: number): Promise<void> {
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: queue,
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: Math.min(43_200, Math.max(0, Math.ceil(delayMs / 1000))),
  });
  try {
    await sqsClient().send(command);
  } catch (error) {
    if (!(error instanceof Error) || !STALE_HANDLE.has(error.name)) throw error;
    log.info("message is in other hands", { why: error.name });
  }
}
