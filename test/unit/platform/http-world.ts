import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { Operation } from "../../../functions/core/api/operation.ts";
import { CONSUMERS, deadLettersEnv, QUEUE_KEYS, queueEnv } from "../../../functions/names.ts";
import { FAKE_HOSTS } from "../../../local/fakes/certificates.ts";
import { startTables } from "../../contract/dynamodb-tables.ts";

export const ADMIN_KEY = "the-admin-key-of-this-test-deployment-0123456789";

/** Secrets Manager and SQS as far as the HTTP functions use them; remembers what they were told. */
async function startAws() {
  const secrets = new Map<string, string>([
    ["admin", ADMIN_KEY],
    ["cursor", "cursor-secret"],
  ]);
  const calls: { action: string; input: Record<string, unknown> }[] = [];
  const answer = (action: string, input: Record<string, unknown>): [number, object] => {
    const id = String(input["SecretId"] ?? input["Name"]);
    const missing: [number, object] = [400, { __type: "ResourceNotFoundException", message: "none" }];
    switch (action) {
      case "GetSecretValue":
        return secrets.has(id) ? [200, { SecretString: secrets.get(id) }] : missing;
      case "CreateSecret":
        if (secrets.has(id)) return [400, { __type: "ResourceExistsException", message: "there" }];
        secrets.set(id, String(input["SecretString"]));
        return [200, { Name: id }];
      case "PutSecretValue":
        secrets.set(id, String(input["SecretString"]));
        return [200, { Name: id }];
      case "DeleteSecret":
        return secrets.delete(id) ? [200, { Name: id }] : missing;
      case "ReceiveMessage":
        return [200, {}];
      case "GetQueueAttributes":
        return [200, { Attributes: { ApproximateNumberOfMessages: "2" } }];
      case "SendMessageBatch": {
        const entries = input["Entries"] as { Id: string; MessageBody: string }[];
        const md5 = (text: string) => createHash("md5").update(text).digest("hex");
        const taken = entries.map(({ Id, MessageBody }) => ({
          Id,
          MessageId: Id,
          MD5OfMessageBody: md5(MessageBody),
        }));
        return [200, { Successful: taken }];
      }
      default:
        return [200, {}];
    }
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => {
      text += part;
    });
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"] ?? `${request.method} ${request.url}`);
      const action = target.split(".").at(-1)!;
      const input = text ? (JSON.parse(text) as Record<string, unknown>) : {};
      calls.push({ action, input });
      const [status, body] = answer(action, input);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    calls,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const PROVIDER_HOSTS = Object.values(FAKE_HOSTS).flat();

const SETTINGS = {
  webPushHosts: [],
  limits: { appRequestsPerS: 500, addressRequestsPerS: 100, userRequestsPerMin: 100, recipientPerMin: 100 },
  traceSampleShare: 0,
  metricsByApp: true,
  docsUrl: "https://clarion.example/docs",
};

type Handler = (event: APIGatewayProxyEvent, context: never) => Promise<APIGatewayProxyResult>;
export type Answer = {
  status: number;
  headers: Record<string, string>;
  body: Record<string, never> & object;
};

/** The HTTP functions over a real table engine, called as API Gateway calls them. */
export async function startHttpWorld() {
  const [engine, aws] = await Promise.all([startTables(), startAws()]);
  Object.assign(process.env, {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: engine.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    AWS_ENDPOINT_URL_SQS: aws.url,
    AWS_ENDPOINT_URL_SCHEDULER: aws.url,
    CLARION_SETTINGS: JSON.stringify(SETTINGS),
    CLARION_VERSION: "0.1.0",
    ADMIN_KEY_SECRET: "admin",
    CURSOR_SECRET: "cursor",
    SECRET_PREFIX: "clarion",
    CREDENTIALS_PLACE: "secrets",
    // Nobody listens there: no test speaks to a provider on the internet.
    CLARION_EGRESS: JSON.stringify(Object.fromEntries(PROVIDER_HOSTS.map((host) => [host, "127.0.0.1:1"]))),
    SCHEDULE_GROUP: "g",
    SCHEDULE_ROLE_ARN: "arn:aws:iam::1:role/r",
    SCHEDULE_TARGET_ARN: "arn:aws:sqs:eu-central-1:1:ingest",
    ...Object.fromEntries(QUEUE_KEYS.map((key) => [queueEnv(key), `${aws.url}/1/${key}`])),
    ...Object.fromEntries(
      CONSUMERS.map((consumer) => [deadLettersEnv(consumer), `${aws.url}/1/dead-${consumer}`]),
    ),
    ...Object.fromEntries(Object.keys(engine.tables).map((name) => [`TABLE_${name.toUpperCase()}`, name])),
  });
  const handlers = new Map<string, Handler>();
  let count = 0;
  const call = async (
    fn: Operation["fn"],
    route: string,
    options: {
      key?: string;
      body?: unknown;
      text?: string;
      headers?: Record<string, string>;
      from?: string;
    } = {},
  ): Promise<Answer> => {
    if (!handlers.has(fn)) {
      const module = (await import(`../../../functions/handlers/http/${fn}.ts`)) as { handler: Handler };
      handlers.set(fn, module.handler);
    }
    const [method = "GET", target = "/"] = route.split(" ");
    const url = new URL(target, "http://api.test");
    const event = {
      httpMethod: method,
      path: target.split("?")[0],
      headers: { ...(options.key && { Authorization: `Bearer ${options.key}` }), ...options.headers },
      queryStringParameters: Object.fromEntries(url.searchParams),
      body: options.text ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      isBase64Encoded: false,
      requestContext: {
        requestId: `r${count++}`,
        identity: { sourceIp: options.from ?? `192.0.2.${count % 250}` },
      },
    } as unknown as APIGatewayProxyEvent; // only what the functions read of an event
    const answer = await handlers.get(fn)!(event, {} as never);
    return {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
      body: answer.body ? JSON.parse(answer.body) : {},
    };
  };
  return {
    call,
    aws,
    tables: engine.tables,
    async close() {
      const { dynamodbClient, sqsClient } = await import("../../../functions/platform/clients.ts");
      dynamodbClient().destroy();
      sqsClient().destroy();
      await aws.close();
      await engine.close();
    },
  };
}
