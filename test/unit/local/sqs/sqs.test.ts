import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createClock } from "../../../../local/clock/virtual-clock.ts";
import { createSqs, type SqsOptions } from "../../../../local/sqs/sqs.ts";
import { queue } from "../door/deployment.ts";

const dead = queue("dead");
const jobs = queue("jobs", { redrive: { deadLetterArn: dead.arn, maxReceiveCount: 2 } });
const plain = queue("plain");

function open(t: TestContext, more: Partial<SqsOptions> = {}) {
  const clock = more.clock ?? createClock();
  const sqs = createSqs({ file: ":memory:", clock, queues: [jobs, dead, plain], ...more });
  t.after(() => {
    sqs.close();
    clock.close();
  });
  const QueueUrl = sqs.queueUrl("plain");
  const send = (MessageBody: string, extra = {}) => sqs.sendMessage({ QueueUrl, MessageBody, ...extra });
  const receive = async (extra = {}, url = QueueUrl) =>
    (await sqs.receiveMessage({ QueueUrl: url, MessageSystemAttributeNames: ["All"], ...extra })).Messages ??
    [];
  return { clock, sqs, QueueUrl, send, receive };
}

const code = (wanted: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, wanted);
  return true;
};

test("a delayed message and one in flight appear when the virtual clock reaches them", async (t) => {
  const { clock, sqs, send, receive } = open(t);
  await send("later", { DelaySeconds: 900 });
  assert.deepEqual(await receive(), []);
  assert.deepEqual(sqs.counts("plain"), { visible: 0, inFlight: 0, delayed: 1 });
  await clock.advance(899_000);
  assert.deepEqual(await receive(), []);
  await clock.advance(1_000);
  const [first] = await receive();
  assert.equal(first!.Body, "later");
  assert.deepEqual(await receive(), []);
  await clock.advance(30_000);
  const [second] = await receive();
  assert.equal(second!.Attributes!["ApproximateReceiveCount"], "2");
  assert.equal(
    second!.Attributes!["ApproximateFirstReceiveTimestamp"],
    first!.Attributes!["ApproximateFirstReceiveTimestamp"],
  );
  assert.notEqual(second!.ReceiptHandle, first!.ReceiptHandle);
});

test("a long poll wakes for a send, for the clock, and when its caller gives up", async (t) => {
  const { clock, send, receive, sqs, QueueUrl } = open(t);
  const started = performance.now();
  const waiting = receive({ WaitTimeSeconds: 20 });
  await send("hello");
  assert.equal((await waiting)[0]!.Body, "hello");
  await send("delayed", { DelaySeconds: 20 });
  const again = receive({ WaitTimeSeconds: 20 });
  await clock.advance(20_000);
  assert.deepEqual(
    (await again).map((message) => message.Body),
    ["delayed"],
  );
  const abort = new AbortController();
  const given = sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 }, { signal: abort.signal });
  abort.abort();
  assert.deepEqual(await given, {});
  assert.ok(performance.now() - started < 5_000);
});

test("only the latest receipt handle owns a message", async (t) => {
  const { clock, sqs, QueueUrl, send, receive } = open(t);
  await send("x");
  const [first] = await receive();
  await clock.advance(30_000);
  const change = (ReceiptHandle: string, VisibilityTimeout: number) =>
    sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout });
  await assert.rejects(change(first!.ReceiptHandle, 5), code("MessageNotInflight"));
  const [second] = await receive();
  await assert.rejects(change(first!.ReceiptHandle, 5), code("InvalidParameterValue"));
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: first!.ReceiptHandle });
  assert.equal(sqs.counts("plain").inFlight, 1, "a stale handle deletes nothing");
  await change(second!.ReceiptHandle, 0);
  assert.equal(sqs.visibleCount(["plain"]), 1);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: second!.ReceiptHandle });
  assert.deepEqual(sqs.counts("plain"), { visible: 0, inFlight: 0, delayed: 0 });
  await assert.rejects(change(second!.ReceiptHandle, 5), code("InvalidParameterValue"));
  await assert.rejects(
    sqs.deleteMessage({ QueueUrl, ReceiptHandle: "made-up" }),
    code("ReceiptHandleIsInvalid"),
  );
});

test("past maxReceiveCount a message moves to the dead letters, and redrive brings it back as new", async (t) => {
  const { clock, sqs, receive } = open(t);
  const url = sqs.queueUrl("jobs");
  const sent = await sqs.sendMessage({ QueueUrl: url, MessageBody: "poison", MessageGroupId: "a#b" });
  for (const attempt of [1, 2]) {
    const [message] = await receive({}, url);
    assert.equal(message!.Attributes!["ApproximateReceiveCount"], String(attempt));
    await clock.advance(30_000);
  }
  assert.deepEqual(await receive({}, url), []);
  const [letter] = await receive({ VisibilityTimeout: 1 }, sqs.queueUrl("dead"));
  assert.equal(letter!.MessageId, sent.MessageId);
  assert.equal(letter!.Attributes!["DeadLetterQueueSourceArn"], jobs.arn);
  await clock.advance(1_000);
  await assert.rejects(sqs.startMessageMoveTask({ SourceArn: plain.arn }), code("InvalidParameterValue"));
  await sqs.startMessageMoveTask({ SourceArn: dead.arn });
  const [task] = (await sqs.listMessageMoveTasks({ SourceArn: dead.arn })).Results;
  assert.equal(task!.Status, "COMPLETED");
  assert.equal(task!.ApproximateNumberOfMessagesMoved, 1);
  const [back] = await receive({}, url);
  assert.equal(back!.Attributes!["ApproximateReceiveCount"], "1");
  assert.equal(back!.Attributes!["MessageGroupId"], "a#b");
  assert.notEqual(back!.MessageId, sent.MessageId);
  assert.deepEqual(await sqs.listDeadLetterSourceQueues({ QueueUrl: sqs.queueUrl("dead") }), {
    queueUrls: [url],
  });
});

test("a noisy group waits while a quiet one has messages", async (t) => {
  const { send, receive } = open(t);
  for (let n = 0; n < 60; n += 1) await send(`campaign ${n}`, { MessageGroupId: "noisy" });
  for (let n = 0; n < 4; n += 1) await receive({ MaxNumberOfMessages: 10 });
  await send("one-time code", { MessageGroupId: "quiet" });
  const [next, after] = await receive({ MaxNumberOfMessages: 2 });
  assert.equal(next!.Body, "one-time code");
  assert.equal(after!.Body, "campaign 40", "fairness never limits throughput");
});

test("messages survive a restart, in flight and delayed ones too", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-queues-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "queues.sqlite");
  const clock = createClock();
  const first = createSqs({ file, clock, queues: [plain] });
  const QueueUrl = first.queueUrl("plain");
  await first.sendMessage({ QueueUrl, MessageBody: "held" });
  await first.receiveMessage({ QueueUrl });
  await first.sendMessage({ QueueUrl, MessageBody: "delayed", DelaySeconds: 10 });
  first.close();
  const { sqs, receive } = open(t, { file, clock });
  assert.deepEqual(sqs.counts("plain"), { visible: 0, inFlight: 1, delayed: 1 });
  await clock.advance(30_000);
  const bodies = (await receive({ MaxNumberOfMessages: 10 })).map((message) => message.Body);
  assert.deepEqual(bodies, ["delayed", "held"]);
});

test("limits: bodies, batches, retention, visibility", async (t) => {
  const { clock, sqs, QueueUrl, send } = open(t);
  await assert.rejects(send("a".repeat(1_048_577)), code("InvalidParameterValue"));
  await assert.rejects(send("\uD800"), code("InvalidMessageContents"));
  await assert.rejects(send("x", { DelaySeconds: 901 }), code("InvalidParameterValue"));
  const entries = (count: number, size = 1) =>
    Array.from({ length: count }, (_, n) => ({ Id: String(n), MessageBody: "x".repeat(size) }));
  await assert.rejects(
    sqs.sendMessageBatch({ QueueUrl, Entries: entries(11) }),
    code("TooManyEntriesInBatchRequest"),
  );
  await assert.rejects(
    sqs.sendMessageBatch({ QueueUrl, Entries: entries(3, 400_000) }),
    code("BatchRequestTooLong"),
  );
  const mixed = await sqs.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: "good", MessageBody: "fine" },
      { Id: "bad", MessageBody: "\uFFFF" },
    ],
  });
  assert.deepEqual(
    mixed.Successful.map((entry) => entry.Id),
    ["good"],
  );
  assert.equal(mixed.Failed[0]!.Code, "InvalidMessageContents");
  await clock.advance(100_000);
  assert.ok(sqs.oldestAgeMs("plain") >= 100_000);
  await clock.advance(plain.retentionS * 1000);
  assert.equal(sqs.oldestAgeMs("plain"), 0);
  assert.equal(sqs.visibleCount(), 0);
});

test("a part of a batch is refused on demand", async (t) => {
  // One draw for the refusal, and one for the duplicate of what is taken.
  const draws = [0.9, 0.9, 0.1];
  const { sqs, QueueUrl } = open(t, { random: () => draws.shift() ?? 0.9 });
  sqs.faults.set("plain", { refusedPercent: 50 });
  const Entries = ["a", "b"].map((Id) => ({ Id, MessageBody: Id }));
  const { Successful, Failed } = await sqs.sendMessageBatch({ QueueUrl, Entries });
  const taken = Successful.map(({ Id }) => Id);
  assert.equal(taken.length + Failed.length, 2);
  assert.equal(sqs.counts("plain").visible, taken.length);
  assert.deepEqual(
    Failed.map(({ Code, SenderFault }) => [Code, SenderFault]),
    [["InternalError", false]],
  );
});

test("duplicates and another order on demand", async (t) => {
  const { sqs, QueueUrl, send, receive } = open(t, { random: () => 0 });
  sqs.faults.set("plain", { duplicatePercent: 5 });
  const { MessageId } = await send("twice");
  const both = await receive({ MaxNumberOfMessages: 10 });
  assert.deepEqual(
    both.map((message) => message.MessageId),
    [MessageId, MessageId],
  );
  sqs.faults.set("plain", { reorder: true });
  for (const body of ["1", "2", "3"]) await send(body);
  const order = (await receive({ MaxNumberOfMessages: 3 })).map((message) => message.Body);
  assert.notDeepEqual(order, ["1", "2", "3"]);
  await sqs.purgeQueue({ QueueUrl });
  assert.deepEqual(sqs.counts("plain"), { visible: 0, inFlight: 0, delayed: 0 });
});
