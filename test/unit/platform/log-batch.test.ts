import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { logLines } from "../../../functions/platform/log-batch.ts";

const batch = (value: unknown) => ({
  awslogs: { data: gzipSync(JSON.stringify(value)).toString("base64") },
});
const data = (messages: unknown[]) => ({
  messageType: "DATA_MESSAGE",
  owner: "111111111111",
  logGroup: "sns/us-east-1/111111111111/DirectPublishToPhoneNumber",
  logStream: "s",
  subscriptionFilters: ["f"],
  logEvents: messages.map((message) => ({ id: "1", timestamp: 1, message })),
});

test("the lines of a batch, in their order; one that is no JSON is undefined", () => {
  assert.deepEqual(logLines(batch(data(['{"a":1}', "text", "7"]))), [{ a: 1 }, undefined, 7]);
  assert.deepEqual(logLines(batch({ ...data(['{"a":1}']), messageType: "CONTROL_MESSAGE" })), []);
});

test("what is no batch is refused, and a bomb is not unzipped", () => {
  for (const strange of [undefined, null, {}, { awslogs: {} }, { awslogs: { data: 7 } }])
    assert.throws(() => logLines(strange), /no batch of CloudWatch Logs/);
  assert.throws(() => logLines({ awslogs: { data: "bm8=" } }), /header check/);
  assert.throws(() => logLines(batch({ messageType: "DATA_MESSAGE", logEvents: [{ message: 7 }] })));
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString("base64");
  assert.throws(() => logLines({ awslogs: { data: bomb } }), /larger than/);
});
