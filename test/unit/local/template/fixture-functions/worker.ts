/** Fails the messages that ask for it. */

import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

export async function handler(event: SQSEvent): Promise<SQSBatchResponse | string> {
  console.log(JSON.stringify({ event }));
  const records = event.Records ?? [];
  if (records.some((record) => record.body === "throw")) throw new Error("asked to throw");
  if (records.some((record) => record.body === "malformed")) {
    return { batchItemFailures: [{ itemIdentifier: "" }] };
  }
  const failed = records.filter((record) => record.body.startsWith("fail"));
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
}
