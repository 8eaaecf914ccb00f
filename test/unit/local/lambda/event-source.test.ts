import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createClock, type VirtualClock } from "../../../../local/clock/virtual-clock.ts";
import { type RunningEventSource, startEventSource } from "../../../../local/lambda/event-source.ts";
import { continueChain, MAXIMUM_CHAIN } from "../../../../local/lambda/lineage.ts";
import type { Invocation } from "../../../../local/lambda/protocol.ts";
import { judgeAnswer, withinPayload } from "../../../../local/lambda/sqs-event.ts";
import type { Message } from "../../../../local/sqs/shapes.ts";
import { createSqs, type Sqs } from "../../../../local/sqs/sqs.ts";
import type { EventSource, LocalFunction, Queue } from "../../../../local/template/model.ts";

const QUEUE = "jobs";
const URL = `http://127.0.0.1/000000000000/${QUEUE}`;
const ARN = `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`;

const queue: Queue = {
  logicalId: QUEUE,
  name: QUEUE,
  arn: ARN,
  visibilityTimeoutS: 30,
  delayS: 0,
  retentionS: 345_600,
  maximumMessageBytes: 1_048_576,
  policy: [],
};

const source: EventSource = {
  logicalId: "mapping",
  functionArn: "arn:aws:lambda:us-east-1:000000000000:function:worker",
  queueArn: ARN,
  batchSize: 10,
  batchingWindowS: 0,
  reportBatchItemFailures: true,
};

const fn: LocalFunction = {
  logicalId: "worker",
  name: "worker",
  arn: source.functionArn,
  roleArn: "arn:aws:iam::000000000000:role/worker",
  handler: "index.handler",
  codeFolder: "/nowhere",
  environment: {},
  timeoutS: 3,
  memoryMb: 128,
  recursiveLoop: "Terminate",
  logGroupName: "log",
};

type Batch = { Records: { messageId: string; body: string; attributes: Record<string, string> }[] };

const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Fixture = {
  clock: VirtualClock;
  sqs: Sqs;
  batches: Batch[];
  troubles: string[];
  running: RunningEventSource;
};

function start(answer: (batch: Batch) => unknown, overrides: Partial<EventSource> = {}): Fixture {
  const clock = createClock();
  const sqs = createSqs({ file: ":memory:", clock, queues: [queue] });
  const batches: Batch[] = [];
  const troubles: string[] = [];
  let busy = 0;
  const invoke = async (_id: string, event: unknown): Promise<Invocation> => {
    batches.push(event as Batch);
    busy += 1;
    try {
      return { ok: true, requestId: "r", payload: await answer(event as Batch) };
    } catch (error) {
      const cause = { errorType: "Error", errorMessage: (error as Error).message, trace: [] };
      return { ok: false, requestId: "r", trouble: "handler", error: cause };
    } finally {
      busy -= 1;
    }
  };
  clock.addQuietCheck(() => busy === 0, "handlers");
  const actions: Record<string, (input: never, options: { signal?: AbortSignal }) => Promise<unknown>> = {
    ReceiveMessage: sqs.receiveMessage,
    DeleteMessageBatch: sqs.deleteMessageBatch,
  };
  const running = startEventSource({
    source: { ...source, ...overrides },
    fn,
    queueUrl: URL,
    region: "us-east-1",
    call: async (_service, operation, input, options) => actions[operation]?.(input as never, options),
    pool: { invoke, held: () => 0 },
    clock,
    visibleCount: () => sqs.visibleCount([QUEUE]),
    onTrouble: (text) => troubles.push(text),
  });
  open.push(async () => {
    await running.close();
    sqs.close();
    clock.close();
  });
  return { clock, sqs, batches, troubles, running };
}

const send = (sqs: Sqs, body: string) => sqs.sendMessage({ QueueUrl: URL, MessageBody: body });
const left = (sqs: Sqs) => {
  const { visible, inFlight } = sqs.counts(QUEUE);
  return visible + inFlight;
};

test("records have Lambda's shape and are deleted after success", async () => {
  const { clock, sqs, batches } = start(() => ({ batchItemFailures: [] }));
  await sqs.sendMessage({
    QueueUrl: URL,
    MessageBody: "one",
    MessageGroupId: "app#fcm",
    MessageAttributes: { traceparent: { DataType: "String", StringValue: "00-x" } },
  });
  await clock.settled();
  assert.equal(left(sqs), 0);
  const [record] = batches[0]?.Records ?? [];
  assert.ok(record);
  assert.partialDeepStrictEqual(record, {
    body: "one",
    eventSource: "aws:sqs",
    eventSourceARN: ARN,
    awsRegion: "us-east-1",
    messageAttributes: { traceparent: { stringValue: "00-x", dataType: "String" } },
    attributes: { ApproximateReceiveCount: "1", MessageGroupId: "app#fcm" },
  });
});

test("reported failures stay and come back by visibility on the virtual clock", async () => {
  const { clock, sqs, batches } = start((batch) => ({
    batchItemFailures: batch.Records.filter(
      ({ body, attributes }) => body === "bad" && attributes["ApproximateReceiveCount"] === "1",
    ).map(({ messageId }) => ({ itemIdentifier: messageId })),
  }));
  await sqs.sendMessageBatch({
    QueueUrl: URL,
    Entries: ["good", "bad"].map((body, index) => ({ Id: String(index), MessageBody: body })),
  });
  await clock.settled();
  assert.equal(left(sqs), 1);
  await clock.advance(30_000);
  assert.equal(left(sqs), 0);
  assert.equal(batches.flatMap((batch) => batch.Records).length, 3);
});

for (const [name, answer] of [
  [
    "a throw",
    () => {
      throw new Error("boom");
    },
  ],
  ["a malformed answer", () => ({ batchItemFailures: "all" })],
  ["an unknown message id", () => ({ batchItemFailures: [{ itemIdentifier: "another" }] })],
] as const) {
  test(`${name} leaves the whole batch`, async () => {
    const { clock, sqs, troubles } = start(answer);
    await send(sqs, "one");
    await clock.settled();
    assert.equal(left(sqs), 1);
    assert.equal(troubles.length, 1);
  });
}

test("without ReportBatchItemFailures any answer is success", async () => {
  const { clock, sqs } = start(() => ({ batchItemFailures: [{ itemIdentifier: "x" }] }), {
    reportBatchItemFailures: false,
  });
  await send(sqs, "one");
  await clock.settled();
  assert.equal(left(sqs), 0);
});

test("a batching window gathers up to the batch size, and moving the clock ends it at once", async () => {
  const { clock, sqs, batches } = start(() => null, { batchSize: 30, batchingWindowS: 20 });
  for (let index = 0; index < 12; index += 1) await send(sqs, String(index));
  await clock.settled();
  assert.equal(batches.length, 0, "the window is still open");
  await clock.advance(20_000);
  assert.equal(left(sqs), 0);
  assert.ok(batches.length <= 2);
});

test("no more invocations at once than MaximumConcurrency", async () => {
  let running = 0;
  let peak = 0;
  const { clock, sqs } = start(
    async () => {
      running += 1;
      peak = Math.max(peak, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return null;
    },
    { batchSize: 1, maximumConcurrency: 3 },
  );
  for (let index = 0; index < 20; index += 1) await send(sqs, String(index));
  await clock.settled();
  assert.equal(left(sqs), 0);
  assert.equal(peak, 3);
});

test("an answer is judged as Lambda judges it", () => {
  const messages = [{ MessageId: "a" }, { MessageId: "b" }] as Message[];
  for (const nothing of [null, undefined, {}, { batchItemFailures: null }, { batchItemFailures: [] }]) {
    assert.deepEqual(judgeAnswer(nothing, messages), { kind: "partial", failed: new Set() });
  }
  const one = judgeAnswer({ batchItemFailures: [{ itemIdentifier: "b" }] }, messages);
  assert.deepEqual(one, { kind: "partial", failed: new Set(["b"]) });
  for (const bad of [
    "text",
    { batchItemFailures: [{ itemIdentifier: "" }] },
    { batchItemFailures: [{ id: "a" }] },
  ]) {
    assert.equal(judgeAnswer(bad, messages).kind, "failed");
  }
});

test("a batch over 6 MB is split", () => {
  const messages = Array.from({ length: 10 }, () => ({ Body: "x".repeat(1_000_000) })) as Message[];
  assert.deepEqual(
    withinPayload(messages).map((batch) => batch.length),
    [6, 4],
  );
});

test("a chain of one function is stopped unless it is allowed", async () => {
  let header: string | undefined;
  for (let hop = 1; hop <= MAXIMUM_CHAIN; hop += 1) {
    const chain = continueChain([undefined, header], fn.arn);
    assert.equal(chain.count, hop);
    header = chain.header;
  }
  const { clock, sqs, batches, troubles } = start(() => null);
  await sqs.sendMessage({
    QueueUrl: URL,
    MessageBody: "looping",
    MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header ?? "" } },
  });
  await clock.settled();
  assert.equal(batches.length, 0);
  assert.match(troubles[0] ?? "", /RecursiveInvocationException/);
});
