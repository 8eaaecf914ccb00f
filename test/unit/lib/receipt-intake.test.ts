import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { before, test } from "node:test";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { RestApi } from "aws-cdk-lib/aws-apigateway";
import { Queue } from "aws-cdk-lib/aws-sqs";
import fc from "fast-check";
import { ERRORS } from "../../../functions/core/errors/app-error.ts";
import { openPost, type VendorPostMessage } from "../../../functions/core/receipt/vendor-post.ts";
import { ReceiptIntake } from "../../../lib/constructs/receipt-intake.ts";
import { AwsError } from "../../../local/door/aws-error.ts";
import { putIntoQueue, templateFor } from "../../../local/gateway/queue-integration.ts";
import type { QueueIntegration } from "../../../local/template/model.ts";
import { queueIntegration } from "../../../local/template/read-rest-api.ts";

/** API Gateway's side of receipts: what its templates make of a post, and of SQS's answer. */
let integration: QueueIntegration;
const ATMS = 1_700_000_000_123;

before(() => {
  const stack = new Stack(new App(), "Test", { env: { account: "111122223333", region: "eu-central-1" } });
  const queue = Queue.fromQueueArn(stack, "Queue", "arn:aws:sqs:eu-central-1:111122223333:receipts") as Queue;
  const api = new RestApi(stack, "Api");
  const intake = new ReceiptIntake(stack, "Intake", { queue, docsUrl: "https://clarion.example/docs" });
  intake.addTo(api.root.resourceForPath("/{app}/{provider}/{key}"));
  const [method] = Object.values(Template.fromStack(stack).findResources("AWS::ApiGateway::Method"));
  const said = method!["Properties"].Integration as Record<string, unknown>;
  const uri = "arn:aws:apigateway:eu-central-1:sqs:path/111122223333/receipts";
  integration = queueIntegration({ ...said, Uri: uri, Credentials: "role" }, "Method");
});

function requestWith(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = "POST";
  request.url = "/";
  for (const [name, value] of Object.entries(headers)) request.rawHeaders.push(name, value);
  return request;
}

type Given = { app: string; provider: string; key: string; body: string; headers: Record<string, string> };

/** Puts a post through the template; `refuse` is what SQS answers. */
async function put({ body, headers, ...path }: Given, refuse?: AwsError) {
  const inputs: Record<string, string>[] = [];
  const troubles: string[] = [];
  const answer = await putIntoQueue(
    templateFor(integration, headers["content-type"])!,
    {
      integration,
      match: { route: { method: "POST", path: "/", integration }, pathParameters: path },
      request: requestWith(headers),
      body: Buffer.from(body),
      requestId: "the-request",
      nowMs: ATMS,
    },
    {
      queueUrl: "https://queue",
      onTrouble: (text) => troubles.push(text),
      async call(_role, operation, input) {
        assert.equal(operation, "SendMessage");
        if (refuse) throw refuse;
        inputs.push(input as Record<string, string>);
      },
    },
  );
  return { answer, troubles, json: JSON.parse(answer.body.toString()) as Record<string, unknown>, inputs };
}

const POST: Given = { app: "shop", provider: "oppo", key: "k", body: "[]", headers: {} };

test("whatever is posted is a text in the message, and nothing else of it", async () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      '"',
      "$util.urlEncode($input.body)",
      "#set($x = 1)",
      "&Action=DeleteMessage",
      "#end",
      "\u0000",
    ),
  );
  const header = fc.string({ minLength: 1 });
  const posts = fc.record({ app: text, provider: text, key: text, body: text, authorization: header });
  await fc.assert(
    fc.asyncProperty(posts, async ({ authorization, ...given }) => {
      const headers = { AUTHORIZATION: authorization, Cookie: "none of this" };
      const { inputs, answer } = await put({ ...given, headers });
      assert.equal(answer.status, 200);
      assert.equal(inputs.length, 1);
      const { MessageBody, ...rest } = inputs[0]!;
      assert.deepEqual(rest, { QueueUrl: "https://queue", MessageGroupId: "127.0.0.1" });
      const message = JSON.parse(MessageBody!) as VendorPostMessage;
      assert.deepEqual([message.v, message.kind], [2, "post"]);
      assert.deepEqual(openPost(message), {
        ...given,
        body: given.body || "{}",
        headers: { authorization },
        receivedAtMs: ATMS,
      });
    }),
    { numRuns: 300 },
  );
});

test("Huawei's header is found in any case", async () => {
  const value = "timestamp=1; nonce=a-b; value=x+/=";
  for (const name of ["X-HUAWEI-CALLBACK-ID", "x-huawei-callback-id"]) {
    const { inputs } = await put({ ...POST, headers: { [name]: value } });
    const { headers } = openPost(JSON.parse(inputs[0]!["MessageBody"]!) as VendorPostMessage);
    assert.deepEqual(headers, { "x-huawei-callback-id": value });
  }
});

test("taken: the answer that Huawei wants", async () => {
  const { json, answer } = await put(POST);
  assert.deepEqual(
    [answer.status, json],
    [200, { code: "0", message: "success", errno: "0", errmsg: "success" }],
  );
});

test("too large is 413, all else 503 and trouble: nothing is called taken that is not", async () => {
  const cases = [
    [400, "InvalidParameterValue", "body_too_large", 0],
    [400, "KMS.DisabledException", "unavailable", 1],
    [400, "AWS.SimpleQueueService.NonExistentQueue", "unavailable", 1],
    [403, "AccessDenied", "unavailable", 1],
    [403, "RequestThrottled", "unavailable", 1],
    [500, "InternalFailure", "unavailable", 1],
    [503, "ServiceUnavailable", "unavailable", 1],
  ] as const;
  for (const [status, says, code, troubles] of cases) {
    const { answer, json, ...said } = await put(POST, new AwsError(says, "no", status));
    const { status: expected, title } = ERRORS[code];
    assert.deepEqual([answer.status, said.troubles.length], [expected, troubles], says);
    assert.partialDeepStrictEqual(json, { status: expected, code, title, requestId: "the-request" });
    assert.equal(json["type"], `https://clarion.example/docs/errors#${code}`);
    const headers = Object.fromEntries(answer.headers);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.equal(headers["retry-after"], code === "unavailable" ? "2" : undefined, says);
  }
});

test("no body counts as an empty object, as API Gateway has it", async () => {
  const { inputs } = await put({ ...POST, body: "" });
  assert.equal(openPost(JSON.parse(inputs[0]!["MessageBody"]!) as VendorPostMessage).body, "{}");
});

test("a body of another type has no template: it never passes as it came", () => {
  for (const type of [undefined, "application/json;charset=UTF-8", "Application/X-WWW-Form-Urlencoded"])
    assert.ok(templateFor(integration, type), String(type));
  for (const type of ["multipart/form-data; boundary=x", "constructor", "application/x-amz-json-1.0"])
    assert.equal(templateFor(integration, type), undefined, type);
});
