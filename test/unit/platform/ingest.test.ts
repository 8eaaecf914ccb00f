import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { startHttpWorld } from "./http-world.ts";
import { toldLines } from "./told-lines.ts";

let world: Awaited<ReturnType<typeof startHttpWorld>>;
let handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
before(async () => {
  world = await startHttpWorld();
  ({ handler } = await import("../../../functions/handlers/queue/ingest.ts"));
});
after(() => world.close());

/** Only what is read of an event and its context. */
const eventOf = (...bodies: string[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index}`,
      receiptHandle: `r${index}`,
      body,
      attributes: { ApproximateReceiveCount: "2", SentTimestamp: "1", ApproximateFirstReceiveTimestamp: "1" },
      messageAttributes: {},
      eventSourceARN: "arn:aws:sqs:eu-central-1:1:ingest",
    })),
  }) as unknown as SQSEvent;
const context = { memoryLimitInMB: "65536" } as Context;
const failedOf = async (...bodies: string[]) =>
  (await handler(eventOf(...bodies), context)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

test("what SES says when its topic is set up is done, and told; other texts come back", async (t) => {
  const lines = toldLines(t);
  const greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
  const others = ["", "hello", "Successfully", ` ${greeting}`, `"${greeting}"`];
  assert.deepEqual(await failedOf(greeting, ...others), ["m1", "m2", "m3", "m4", "m5"]);
  const told = lines.filter((line) => line.includes("notice"));
  assert.equal(told.length, 1);
  assert.match(told[0]!, /"level":"info".*"messageId":"m0"/);
});
