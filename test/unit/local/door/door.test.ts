import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { deployment, queue, role, statement } from "./deployment.ts";
import { openDoor, sdkOptions } from "./fixture.ts";

const nameIs = (name: string) => (error: unknown) => {
  assert.equal((error as Error).name, name);
  return true;
};

const sender = role("Sender", [
  statement("SenderPolicy#0", ["sqs:SendMessage", "sqs:GetQueueUrl"], [queue("jobs").arn]),
  statement("SenderPolicy#1", ["sqs:Send*"], [queue("jobs").arn]),
  statement(
    "SenderPolicy#2",
    ["execute-api:ManageConnections"],
    ["arn:aws:execute-api:us-east-1:000000000000:api/prod/*/@connections/*"],
  ),
  statement("SenderPolicy#3", ["sqs:PurgeQueue"], [queue("jobs").arn]),
]);
const house = () => deployment({ roles: [sender], queues: [queue("jobs"), queue("other")] });

test("the SDK sends, receives and deletes a message, its digests verified", async (t) => {
  const { door } = await openDoor(t, house());
  const client = new SQSClient(sdkOptions(door));
  t.after(() => client.destroy());
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
  assert.equal(QueueUrl, `${door.url}/000000000000/jobs`);
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "héllo 👋",
      MessageGroupId: "app#fcm",
      MessageAttributes: {
        traceparent: { DataType: "String", StringValue: "00-abc" },
        raw: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 255]) },
        count: { DataType: "Number", StringValue: "7" },
      },
    }),
  );
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  const message = Messages![0]!;
  assert.equal(message.Body, "héllo 👋");
  assert.deepEqual([...message.MessageAttributes!["raw"]!.BinaryValue!], [1, 2, 255]);
  assert.equal(message.Attributes!["MessageGroupId"], "app#fcm");
  assert.equal(message.Attributes!["ApproximateReceiveCount"], "1");
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle! }));
  assert.deepEqual(door.sqs.counts("jobs"), { visible: 0, inFlight: 0, delayed: 0 });
  assert.equal(door.meter.totals().units["sqs.request"], 4);
});

test("errors carry the names that the SDK shows on AWS", async (t) => {
  const { door } = await openDoor(t, house());
  const client = new SQSClient(sdkOptions(door));
  t.after(() => client.destroy());
  const QueueUrl = door.sqs.queueUrl("jobs");
  const send = (MessageBody: string, url = QueueUrl) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  await assert.rejects(send("x", `${door.url}/000000000000/none`), nameIs("QueueDoesNotExist"));
  await assert.rejects(send("bad \uFFFE"), nameIs("InvalidMessageContents"));
  await assert.rejects(
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "made up" })),
    nameIs("ReceiptHandleIsInvalid"),
  );
  const twice = [1, 2].map(() => ({ Id: "same", MessageBody: "x" }));
  await assert.rejects(
    client.send(new SendMessageBatchCommand({ QueueUrl, Entries: twice })),
    nameIs("BatchEntryIdsNotDistinct"),
  );
  await assert.rejects(
    client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })),
    nameIs("EmptyBatchRequest"),
  );
  await assert.rejects(
    client.send(new CreateQueueCommand({ QueueName: "new" })),
    /sqs:CreateQueue is not served/,
  );
});

test("a caller without the right, a forged signature and an unknown key are refused", async (t) => {
  const denials: string[] = [];
  const { door } = await openDoor(t, house(), { onDenied: (denial) => denials.push(denial.action) });
  const credentials = door.credentialsFor(sender.arn);
  const send = async (queueName: string, as = credentials) => {
    const client = new SQSClient(sdkOptions(door, as));
    t.after(() => client.destroy());
    return client.send(new SendMessageCommand({ QueueUrl: door.sqs.queueUrl(queueName), MessageBody: "x" }));
  };
  await send("jobs");
  await assert.rejects(send("other"), (error: Error) => {
    assert.equal(error.name, "AccessDenied");
    assert.match(
      error.message,
      /role\/sender is not authorized to perform: sqs:SendMessage on resource: .*:other/,
    );
    return true;
  });
  assert.deepEqual(denials, ["sqs:SendMessage"]);
  await assert.rejects(
    send("jobs", { ...credentials, secretAccessKey: "guessed" }),
    nameIs("SignatureDoesNotMatch"),
  );
  await assert.rejects(
    send("jobs", { ...credentials, accessKeyId: "AKIAFOREIGN" }),
    nameIs("UnrecognizedClientException"),
  );
  await assert.rejects(
    door.call({ kind: "role", roleArn: sender.arn }, "sqs", "ReceiveMessage", {
      QueueUrl: door.sqs.queueUrl("jobs"),
    }),
    /not authorized/,
  );
});

test("coverage tells statements that were needed alone from those that were not, and unused actions", async (t) => {
  const { door } = await openDoor(t, house());
  const QueueUrl = door.sqs.queueUrl("jobs");
  const principal = { kind: "role", roleArn: sender.arn } as const;
  await door.call(principal, "sqs", "SendMessage", { QueueUrl, MessageBody: "x" });
  const [first, second, , purge] = door.coverage();
  assert.deepEqual(first, {
    statementId: "SenderPolicy#0",
    roleLogicalId: "Sender",
    used: true,
    neededAlone: false,
    unusedActions: ["sqs:GetQueueUrl"],
  });
  assert.equal(second!.neededAlone, false);
  assert.equal(purge!.used, false);
  await door.call(principal, "sqs", "GetQueueUrl", { QueueName: "jobs" });
  assert.equal(door.coverage()[0]!.neededAlone, true);
  assert.deepEqual(door.coverage()[0]!.unusedActions, []);
});

test("@connections posts, describes and removes, with its own errors and its own right", async (t) => {
  const { door, posted } = await openDoor(t, house());
  const open = (stage: string) => {
    const options = sdkOptions(door, door.credentialsFor(sender.arn));
    const client = new ApiGatewayManagementApiClient({ ...options, endpoint: `${door.url}/api/${stage}` });
    t.after(() => client.destroy());
    return client;
  };
  const client = open("prod");
  await client.send(new PostToConnectionCommand({ ConnectionId: "open=", Data: Buffer.from("hi") }));
  assert.equal(posted.get("api/open="), "hi");
  const info = await client.send(new GetConnectionCommand({ ConnectionId: "open=" }));
  assert.equal(info.ConnectedAt?.toISOString(), "2026-11-20T10:00:00.000Z");
  assert.equal(info.Identity?.SourceIp, "127.0.0.1");
  await client.send(new DeleteConnectionCommand({ ConnectionId: "open=" }));
  const post = (id: string, size: number, by = client) =>
    by.send(new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.alloc(size, "a") }));
  await assert.rejects(post("closed", 1), nameIs("GoneException"));
  await assert.rejects(post("open=", 131_073), nameIs("PayloadTooLargeException"));
  await assert.rejects(post("open=", 1, open("staging")), nameIs("ForbiddenException"));
  await post("open=", 70_000);
  assert.equal(door.meter.totals().units["websocket.message"], 1 + 3);
});

test("a service principal is judged by the queue's policy and its source", async (t) => {
  const policy = [
    statement("QueuePolicy#0", ["sqs:SendMessage"], [queue("jobs").arn], {
      principals: ["events.amazonaws.com"],
      conditions: { ArnEquals: { "aws:SourceArn": ["arn:aws:events:us-east-1:000000000000:rule/tick"] } },
    }),
    statement("QueuePolicy#1", ["sqs:*"], [queue("jobs").arn], {
      effect: "Deny",
      principals: ["*"],
      conditions: { Bool: { "aws:SecureTransport": ["false"] } },
    }),
  ];
  const { door } = await openDoor(t, deployment({ queues: [queue("jobs", { policy })] }));
  const send = (rule: string) =>
    door.call(
      {
        kind: "service",
        service: "events.amazonaws.com",
        sourceArn: `arn:aws:events:us-east-1:000000000000:rule/${rule}`,
      },
      "sqs",
      "SendMessage",
      { QueueUrl: door.sqs.queueUrl("jobs"), MessageBody: "{}" },
    );
  await send("tick");
  await assert.rejects(send("tock"), /not authorized/);
});

test("answers are dated in virtual time; an unknown service names itself; a dead engine is named", async (t) => {
  const { door, clock } = await openDoor(t, house());
  await clock.advance(3 * 86_400_000);
  const response = await fetch(door.url, { method: "POST" });
  assert.equal(response.status, 403);
  assert.ok(Math.abs(Date.parse(response.headers.get("date")!) - clock.now()) < 2_000);
  const admin = { kind: "admin" } as const;
  await assert.rejects(door.call(admin, "s3", "PutObject", {}), /"s3" is not served/);
  const client = new DynamoDBClient(sdkOptions(door));
  t.after(() => client.destroy());
  await assert.rejects(
    client.send(new ListTablesCommand({})),
    /DynamoDB engine at http:\/\/127.0.0.1:1 did not answer/,
  );
});

test("who looks on sees which session of a role calls", async (t) => {
  const { door } = await openDoor(t, house());
  const seen: unknown[] = [];
  t.after(door.watch({ after: ({ principal, session }) => seen.push([principal, session]) }));
  for (const session of ["one", "two"]) {
    const client = new SQSClient(sdkOptions(door, door.credentialsFor(sender.arn, session)));
    t.after(() => client.destroy());
    await client.send(new SendMessageCommand({ QueueUrl: door.sqs.queueUrl("jobs"), MessageBody: "x" }));
  }
  assert.deepEqual(seen, [
    ["sender", "one"],
    ["sender", "two"],
  ]);
});

test("a call that fails for want of disk is told apart from other failures", async (t) => {
  const troubles: string[] = [];
  const failing = {
    demands: () => [],
    run: async ({ operation }: { operation: string }) => {
      throw Object.assign(new Error("write"), { code: operation });
    },
  };
  const services = { failing: failing as never };
  const { door } = await openDoor(t, house(), {
    services,
    onDiskTrouble: (reason) => troubles.push(reason),
  });
  for (const code of ["ENOSPC", "ECONNRESET"])
    await assert.rejects(door.call({ kind: "admin" }, "failing", code, {}));
  assert.deepEqual(troubles, ["the disk does not take what is written (write)"]);
});

test("a body over 17 MB is refused with words, read to its end, and the door goes on", async (t) => {
  const { door } = await openDoor(t, house());
  const tooLarge = await fetch(door.url, { method: "POST", body: new Uint8Array(17 * 1024 * 1024 + 1) });
  assert.equal(tooLarge.status, 413);
  assert.match(await tooLarge.text(), /over 17 MB/);
  const client = new SQSClient(sdkOptions(door));
  t.after(() => client.destroy());
  await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
});

test("who hangs up in the midst of a body leaves nothing behind, and is no failure of the door", async (t) => {
  const complaints = t.mock.method(console, "error", () => undefined);
  const { door } = await openDoor(t, house());
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.destroy();
  await once(socket, "close");
  const client = new SQSClient(sdkOptions(door));
  t.after(() => client.destroy());
  await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
  assert.equal(complaints.mock.callCount(), 0);
});
