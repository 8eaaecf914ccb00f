import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { createClock } from "../../../../local/clock/virtual-clock.ts";
import { startDynamodb } from "../../../../local/dynamodb/dynamodb.ts";
import { deployment, role, statement, table } from "../door/deployment.ts";
import { openDoor, sdkOptions } from "../door/fixture.ts";

const TABLE = table("delivery", {
  ttlAttribute: "expiresAt",
  indexes: [
    {
      name: "pending",
      keys: [{ name: "pending", type: "S", role: "HASH" }],
      projection: "KEYS_ONLY",
      include: [],
    },
  ],
});
const writer = role("Writer", [
  statement("W#0", ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query"], [TABLE.arn]),
  statement("W#1", ["dynamodb:UpdateItem"], [TABLE.arn]),
]);

const item = (pk: string, more = {}) => ({ pk: { S: pk }, sk: { S: "0" }, ...more });

async function house(t: TestContext) {
  const clock = createClock();
  const engine = await startDynamodb({ tables: [TABLE], clock });
  t.after(() => engine.close());
  const { door } = await openDoor(t, deployment({ roles: [writer], tables: [TABLE] }), {
    clock,
    dynamodbUrl: engine.url,
    random: () => 0.5,
  });
  const client = new DynamoDBClient(sdkOptions(door));
  const asWriter = new DynamoDBClient(sdkOptions(door, door.credentialsFor(writer.arn)));
  t.after(() => {
    client.destroy();
    asWriter.destroy();
  });
  return { clock, engine, door, client, asWriter };
}

test("items travel through the door, are metered, and capacity is shown only to who asked", async (t) => {
  const { door, client } = await house(t);
  const put = await client.send(new PutItemCommand({ TableName: TABLE.name, Item: item("a") }));
  assert.equal(put.ConsumedCapacity, undefined);
  const got = await client.send(
    new GetItemCommand({
      TableName: TABLE.name,
      Key: item("a"),
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    }),
  );
  assert.equal(got.Item!["pk"]!.S, "a");
  assert.equal(got.ConsumedCapacity!.CapacityUnits, 1);
  assert.deepEqual(door.meter.totals().units, { "dynamodb.writeUnit": 1, "dynamodb.readUnit": 1 });
  await client.send(
    new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: TABLE.name, Item: item("b") } }] }),
  );
  assert.equal(door.meter.totals().units["dynamodb.writeUnit"], 3);
});

test("a failed condition keeps its name, its item and its reasons", async (t) => {
  const { client } = await house(t);
  const put = {
    TableName: TABLE.name,
    Item: item("a", { n: { N: "1" } }),
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  await client.send(new PutItemCommand(put));
  await assert.rejects(
    client.send(new PutItemCommand(put)),
    (error: Error & { Item?: Record<string, { N?: string }> }) => {
      assert.equal(error.name, "ConditionalCheckFailedException");
      assert.equal(error.Item!["n"]!.N, "1");
      return true;
    },
  );
  await assert.rejects(
    client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put }] })),
    (error: Error & { CancellationReasons?: { Code?: string }[] }) => {
      assert.equal(error.name, "TransactionCanceledException");
      assert.equal(error.CancellationReasons![0]!.Code, "ConditionalCheckFailed");
      return true;
    },
  );
});

test("an index needs its own right, a transaction the right to each of its parts", async (t) => {
  const { asWriter } = await house(t);
  const query = (IndexName?: string) =>
    asWriter.send(
      new QueryCommand({
        TableName: TABLE.name,
        KeyConditionExpression: "#k = :k",
        ExpressionAttributeNames: { "#k": IndexName ?? "pk" },
        ExpressionAttributeValues: { ":k": { S: "a" } },
        ...(IndexName && { IndexName }),
      }),
    );
  await query();
  await assert.rejects(
    query("pending"),
    /AccessDenied|not authorized to perform: dynamodb:Query on resource: .*index\/pending/,
  );
  const key = { TableName: TABLE.name, Key: item("a") };
  await assert.rejects(
    asWriter.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: TABLE.name, Item: item("b") } },
          { ConditionCheck: { ...key, ConditionExpression: "attribute_not_exists(pk)" } },
        ],
      }),
    ),
    /dynamodb:ConditionCheckItem/,
  );
});

test("writes are throttled apart from reads, as their capacity is", async (t) => {
  const { door, client } = await house(t);
  door.faults.dynamodb.throttle({ table: TABLE.name, of: "writes" });
  const query = new QueryCommand({
    TableName: TABLE.name,
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": { S: "any" } },
  });
  const put = new PutItemCommand({ TableName: TABLE.name, Item: item("any") });
  await client.send(query);
  await assert.rejects(client.send(put), { name: "ProvisionedThroughputExceededException" });
  door.faults.dynamodb.clear();
  door.faults.dynamodb.throttle({ table: TABLE.name, of: "reads" });
  await client.send(put);
  await assert.rejects(client.send(query), { name: "ProvisionedThroughputExceededException" });
});

test("one partition is throttled and the rest is not; batches come back in part", async (t) => {
  const { door, client } = await house(t);
  const stop = door.faults.dynamodb.throttle({ table: TABLE.name, pkPrefix: "hot" });
  const put = (pk: string) => client.send(new PutItemCommand({ TableName: TABLE.name, Item: item(pk) }));
  await assert.rejects(put("hot#1"), { name: "ProvisionedThroughputExceededException" });
  await put("cold#1");
  const write = await client.send(
    new BatchWriteItemCommand({
      RequestItems: { [TABLE.name]: ["hot#2", "cold#2"].map((pk) => ({ PutRequest: { Item: item(pk) } })) },
    }),
  );
  const left = write.UnprocessedItems![TABLE.name]!;
  assert.deepEqual(
    left.map((request) => request.PutRequest!.Item!["pk"]!.S),
    ["hot#2"],
  );
  await assert.rejects(
    client.send(
      new QueryCommand({
        TableName: TABLE.name,
        KeyConditionExpression: "pk = :p",
        ExpressionAttributeValues: { ":p": { S: "hot#9" } },
      }),
    ),
    { name: "ProvisionedThroughputExceededException" },
  );
  stop();
  await put("hot#1");
  const endUnprocessed = door.faults.dynamodb.unprocessed({ table: TABLE.name, percent: 100 });
  const read = () =>
    client.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE.name]: { Keys: [item("hot#1"), item("cold#1")] } } }),
    );
  await assert.rejects(read(), { name: "ProvisionedThroughputExceededException" });
  endUnprocessed();
  assert.equal((await read()).Responses![TABLE.name]!.length, 2);
});

test("a stall delays the calls of its table", async (t) => {
  const { door, client } = await house(t);
  door.faults.dynamodb.stall({ table: TABLE.name, delayMs: 60 });
  const started = performance.now();
  await client.send(new GetItemCommand({ TableName: TABLE.name, Key: item("a") }));
  assert.ok(performance.now() - started >= 55);
});

test("expired items disappear as the clock moves, others stay", async (t) => {
  const { clock, client } = await house(t);
  const nowS = Math.floor(clock.now() / 1000);
  const put = (pk: string, expiresAtS: number) =>
    client.send(
      new PutItemCommand({ TableName: TABLE.name, Item: item(pk, { expiresAt: { N: String(expiresAtS) } }) }),
    );
  await put("short", nowS + 100);
  await put("long", nowS + 86_400);
  await clock.advance(300_000);
  const get = async (pk: string) =>
    (await client.send(new GetItemCommand({ TableName: TABLE.name, Key: item(pk) }))).Item;
  assert.equal(await get("short"), undefined);
  assert.ok(await get("long"));
});

test("tables and items survive a restart from the same folder", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-tables-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createClock();
  t.after(() => clock.close());
  const send = async (use: (client: DynamoDBClient) => Promise<unknown>) => {
    const engine = await startDynamodb({ tables: [TABLE], clock, stateFolder: folder });
    const client = new DynamoDBClient({
      endpoint: engine.url,
      region: "us-east-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
    });
    const result = await use(client);
    client.destroy();
    await engine.close();
    return result as { Item?: unknown };
  };
  await send((client) => client.send(new PutItemCommand({ TableName: TABLE.name, Item: item("kept") })));
  const { Item } = await send((client) =>
    client.send(new GetItemCommand({ TableName: TABLE.name, Key: item("kept") })),
  );
  assert.ok(Item);
});

const isAlive = (pid: number) =>
  new Promise<boolean>((resolve) =>
    execFile("kill", ["-0", String(pid)], (error) => resolve(error === null)),
  );

test("the engine dies with a parent that was killed", async (t) => {
  const source = `
    import { startEngineProcess } from "./local/dynamodb/engine-process.ts";
    const engine = await startEngineProcess({});
    console.log(engine.pid + " " + engine.url);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const [pid, url] = String(line).trim().split(" ");
  assert.ok(await isAlive(Number(pid)));
  parent.kill("SIGKILL");
  const answers = () =>
    fetch(url!, { method: "POST" }).then(
      () => true,
      () => false,
    );
  for (let tries = 0; tries < 100 && (await answers()); tries += 1) await sleep(20);
  assert.equal(await answers(), false);
});

test("an engine that ends by itself is reported", async () => {
  const { startEngineProcess } = await import("../../../../local/dynamodb/engine-process.ts");
  const { promise, resolve } = Promise.withResolvers<string>();
  const engine = await startEngineProcess({ onExit: resolve });
  // The shell's only child is the engine; ending the shell's input is how a parent's death looks.
  process.kill(engine.pid, "SIGTERM");
  assert.match(await promise, /The DynamoDB engine ended/);
  await engine.close();
});

test("told to end at its very start it leaves nothing behind", async () => {
  const { startEngineProcess } = await import("../../../../local/dynamodb/engine-process.ts");
  // Side by side, so that the shells get their turns late.
  const answers = await Promise.all(
    Array.from({ length: 24 }, async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const engine = await startEngineProcess({ onExit: resolve });
      process.kill(engine.pid, "SIGTERM");
      await promise;
      await engine.close();
      const answers = () =>
        fetch(engine.url, { method: "POST" }).then(
          () => true,
          () => false,
        );
      for (let tries = 0; tries < 100 && (await answers()); tries++) await sleep(20);
      return answers();
    }),
  );
  assert.deepEqual(answers.filter(Boolean), []);
});
