import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { sendPatiently } from "../../../functions/platform/patient-queue.ts";
import { toldLines } from "./told-lines.ts";

process.env["QUEUE_INGEST"] = "http://127.0.0.1:1/ingest";

/** Bodies of each batch; of the batches that are named, the last message is not taken. */
function sqsRefusing(t: TestContext, ...refused: number[]): string[][] {
  const batches: string[][] = [];
  t.mock.method(SQSClient.prototype, "send", async ({ input: { Entries = [] } }: SendMessageBatchCommand) => {
    batches.push(Entries.map(({ MessageBody }) => MessageBody ?? ""));
    const last = Entries.at(-1)?.Id;
    return refused.includes(batches.length) ? { Failed: [{ Id: last, Code: "InternalError" }] } : {};
  });
  return batches;
}

const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ body: { n }, group: "texts" }));

test("at most ten a batch; a batch of which something was not taken is sent again, the others are not", async (t) => {
  const lines = toldLines(t);
  const batches = sqsRefusing(t, 2);
  await sendPatiently("ingest", messages(23));
  assert.deepEqual(
    batches.map(({ length }) => length),
    [10, 10, 10, 3],
  );
  assert.deepEqual(batches[1], batches[2]);
  assert.match(lines.join(), /messages are sent again/);
});

test("what is refused three times is thrown: whoever called is invoked again", async (t) => {
  toldLines(t);
  const batches = sqsRefusing(t, 1, 2, 3);
  await assert.rejects(sendPatiently("ingest", messages(2)), /did not take 1 of 2/);
  assert.equal(batches.length, 3);
});

test("nothing to send is no request", async (t) => {
  const batches = sqsRefusing(t);
  await sendPatiently("ingest", []);
  assert.equal(batches.length, 0);
});
