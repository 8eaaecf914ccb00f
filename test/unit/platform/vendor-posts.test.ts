import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { VendorPostMessage } from "../../../functions/core/receipt/vendor-post.ts";
import type { ReportsMessage } from "../../../functions/core/receipt/vendor-report.ts";
import { ADMIN_KEY, startHttpWorld } from "./http-world.ts";
import { toldLines } from "./told-lines.ts";

/** What vendors posted, behind API Gateway: whose it is, what goes to the dispatcher, and what ends here. */
let handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
const AT_MS = 1_700_000_000_000;
let world: Awaited<ReturnType<typeof startHttpWorld>>;
const paths: Record<string, string> = {};
const CREDENTIALS = {
  jpush: { appKey: "a-key", masterSecret: "a-master-secret" },
  meizu: { appId: "1234", appSecret: "an-app-secret", receiptToken: "a-receipt-token" },
  oppo: { appKey: "a-key", masterSecret: "a-master-secret" },
};

before(async () => {
  world = await startHttpWorld();
  ({ handler } = await import("../../../functions/handlers/queue/receipts.ts"));
  await world.call("manage", "POST /v1/apps", { key: ADMIN_KEY, body: { id: "shop" } });
  for (const [name, body] of Object.entries(CREDENTIALS)) {
    const answer = await world.call("manage", `PUT /v1/apps/shop/providers/${name}`, {
      key: ADMIN_KEY,
      body,
    });
    paths[name] = (answer.body as unknown as { receiptPath: string }).receiptPath;
  }
});
after(() => world.close());

/** A post as API Gateway puts it into the queue; the answer is whether its message is done. */
async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<boolean> {
  const [, app = "", provider = "", key = ""] = /apps\/([^/]+)\/receipts\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const message: VendorPostMessage = {
    v: 2,
    kind: "post",
    app: base64(app),
    provider: base64(provider),
    key: base64(key),
    body: base64(body),
    headers: { authorization: base64(headers["authorization"] ?? ""), "x-huawei-callback-id": "" },
    receivedAtMs: AT_MS,
  };
  return received(JSON.stringify(message));
}

async function received(body: string): Promise<boolean> {
  const attributes = {
    ApproximateReceiveCount: "2",
    SentTimestamp: "1",
    ApproximateFirstReceiveTimestamp: "1",
  };
  const record = {
    messageId: "m",
    receiptHandle: "r",
    body,
    attributes,
    messageAttributes: {},
    eventSourceARN: "arn:aws:sqs:eu-central-1:1:receipts",
  };
  const { batchItemFailures } = await handler(
    { Records: [record] } as unknown as SQSEvent,
    { memoryLimitInMB: "65536" } as Context,
  );
  return batchItemFailures.length === 0;
}

/** What went to the queue since the last look. */
function queued(): { url: string; bytes: number; message: ReportsMessage }[] {
  const sent = world.aws.calls.splice(0).filter(({ action }) => action === "SendMessageBatch");
  return sent.flatMap(({ input }) =>
    (input["Entries"] as { MessageBody: string }[]).map(({ MessageBody }) => ({
      url: String(input["QueueUrl"]),
      bytes: Buffer.byteLength(MessageBody),
      message: JSON.parse(MessageBody) as ReportsMessage,
    })),
  );
}

test("10,000 reports go to the dispatcher's queue in messages of 200 KB", async () => {
  queued();
  const registrationIds = Array.from({ length: 10_000 }, (_, n) => `CN_${String(n).padStart(32, "0")}`);
  const body = JSON.stringify([
    {
      registrationIds: registrationIds.join(","),
      eventType: "push_arrive",
      param: "n-1",
      eventTime: "1700000000000",
    },
  ]);
  assert.ok(await post(paths["oppo"]!, body));
  const messages = queued();
  assert.ok(
    messages.length >= 5 && messages.every(({ bytes }) => bytes <= 201_000),
    `${messages.length} messages`,
  );
  assert.ok(messages.every(({ url }) => url.endsWith("/dispatch-mobilePush-normal")));
  assert.equal(new Set(messages.map(({ message }) => message.post)).size, 1);
  const reports = messages.flatMap(({ message }) => message.reports);
  assert.deepEqual(new Set(reports.map(({ token }) => token)), new Set(registrationIds));
  const { v, kind, app, provider, receivedAtMs } = messages[0]!.message;
  // The time of the post, not of its turn: proofs hold for minutes.
  assert.deepEqual([v, kind, app, provider, receivedAtMs], [2, "receipts", "shop", "oppo", AT_MS]);
});

test("credentials that a vendor sends along reach the dispatcher's queue as hashes", async () => {
  queued();
  const authorization = `Basic ${Buffer.from("a-key:a-master-secret").toString("base64")}`;
  const receipt = JSON.stringify([{ rid: "1a0018970a000001", type: 1, params: { notification: "n-1" } }]);
  assert.ok(await post(paths["jpush"]!, receipt, { authorization }));
  const cb = JSON.stringify({ "m-1": { type: 1, targets: ["J04760000001d625"], param: "n-1" } });
  const form = new URLSearchParams({ cb, access_token: "a-receipt-token" }).toString();
  assert.ok(await post(paths["meizu"]!, form));
  const messages = queued();
  assert.deepEqual(
    messages.map(({ message }) => message.proof?.kind),
    ["basic", "token"],
  );
  const text = JSON.stringify(messages);
  for (const secret of [authorization.slice(6), "a-master-secret", "a-receipt-token"])
    assert.ok(!text.includes(secret), secret);
});

test("what came by a path that is not ours ends here, and not a word of it is told", async (t) => {
  queued();
  const lines = toldLines(t);
  const right = paths["oppo"]!;
  const others = [
    right.replace(/.$/, right.endsWith("A") ? "B" : "A"),
    right.replace("/oppo/", "/vivo/"),
    right.replace("/oppo/", "/apns/"),
    right.replace("/oppo/", "/constructor/"),
    right.replace("/shop/", "/planted/"),
    right.replace(/[^/]+$/, "planted"),
  ];
  for (const path of others) assert.ok(await post(path, "planted"), path);
  assert.deepEqual(queued(), []);
  const told = lines.filter((line) => line.includes("nobody's receipts"));
  assert.equal(told.length, others.length);
  assert.ok(!lines.some((line) => line.includes("planted")));
});

test("what cannot be read is told and counted, and not repeated", async (t) => {
  queued();
  const lines = toldLines(t);
  assert.ok(await post(paths["oppo"]!, "planted"));
  assert.match(lines.find((line) => line.includes("not readable"))!, /expected JSON/);
  assert.ok(lines.some((line) => line.includes('"event":"unreadable"')));
  assert.ok(!lines.some((line) => line.includes("planted")));
  assert.deepEqual(queued(), []);
});

test("an empty list is taken, and nothing is queued for it", async () => {
  queued();
  assert.ok(await post(paths["oppo"]!, "[]"));
  assert.deepEqual(queued(), []);
});

test("a message that is no post is left to the dead letters", async () => {
  for (const body of ["{}", '{"v":2,"kind":"receipts"}', "hello"]) assert.ok(!(await received(body)), body);
});

test("an app that is switched off or gone takes no receipts", async () => {
  const ok = async (route: string, body?: object) => {
    const answer = await world.call("manage", route, { key: ADMIN_KEY, body });
    assert.ok(answer.status < 300, `${route}: ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as { receiptPath: string };
  };
  await ok("POST /v1/apps", { id: "off" });
  const { receiptPath } = await ok("PUT /v1/apps/off/providers/oppo", CREDENTIALS.oppo);
  await ok("PATCH /v1/apps/off", { disabled: true });
  queued();
  const arrived = JSON.stringify([{ registrationIds: "CN_".padEnd(32, "0"), eventType: "push_arrive" }]);
  assert.ok(await post(receiptPath, arrived));
  assert.deepEqual(queued(), []);
  assert.ok(await post(paths["oppo"]!, arrived));
  assert.equal(queued().length, 1);
});
