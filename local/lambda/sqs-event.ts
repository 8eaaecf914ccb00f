/** The shapes between SQS, Lambda's poller and a function. */

import type { Message } from "../sqs/shapes.ts";

/** Lambda's limit for a synchronous invocation. */
const MAXIMUM_EVENT_BYTES = 6 * 1024 * 1024;
const RECORD_OVERHEAD_BYTES = 1_000;

export type SqsEvent = { Records: object[] };

/** What a function answered about its batch: the ids to keep, or that nothing of it may be deleted. */
export type BatchVerdict = { kind: "partial"; failed: Set<string> } | { kind: "failed"; reason: string };

function recordOf(message: Message, queueArn: string, awsRegion: string): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
      ...(value.BinaryValue !== undefined && { binaryValue: value.BinaryValue }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion,
  };
}

export function sqsEvent(messages: Message[], queueArn: string, region: string): SqsEvent {
  return { Records: messages.map((message) => recordOf(message, queueArn, region)) };
}

function messageBytes(message: Message): number {
  return Buffer.byteLength(message.Body) + RECORD_OVERHEAD_BYTES;
}

/** Batches that fit into one invocation each. */
export function withinPayload(messages: Message[], maximumBytes = MAXIMUM_EVENT_BYTES): Message[][] {
  const batches: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    bytes += messageBytes(message);
    if (bytes > maximumBytes) {
      batches.push([]);
      bytes = messageBytes(message);
    }
    batches.at(-1)?.push(message);
  }
  return batches;
}

function identifiersOf(answer: unknown): unknown[] | undefined {
  if (answer === null || answer === undefined) return [];
  if (typeof answer !== "object") return undefined;
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return undefined;
  return failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
}

/**
 * The rules of ReportBatchItemFailures: nothing reported is success; an answer that is not understood, or that
 * names a message outside the batch, fails the whole batch.
 */
export function judgeAnswer(answer: unknown, messages: Message[]): BatchVerdict {
  const identifiers = identifiersOf(answer);
  if (identifiers === undefined)
    return { kind: "failed", reason: "its answer has no list batchItemFailures" };
  const known = new Set(messages.map((message) => message.MessageId));
  const failed = new Set<string>();
  for (const identifier of identifiers) {
    if (typeof identifier !== "string" || !known.has(identifier)) {
      return { kind: "failed", reason: `it reported the unknown message ${JSON.stringify(identifier)}` };
    }
    failed.add(identifier);
  }
  return { kind: "partial", failed };
}
