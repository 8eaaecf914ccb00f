import { Agent, request as httpRequest } from "node:http";
import { AwsError } from "../door/aws-error.ts";
import type { Input } from "../iam/demand.ts";

export type EngineClient = {
  call(operation: string, input: Input): Promise<Input>;
  close(): void;
};

const HEADERS = {
  "content-type": "application/x-amz-json-1.0",
  // The engine wants a header of the right form and checks no signature; the door has checked the caller's.
  "x-amz-date": "20260101T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
};

function errorOf(status: number, body: Input): AwsError {
  const { __type, message, Message, ...details } = body;
  const code = String(__type ?? "InternalServerError");
  return new AwsError(
    code.slice(code.lastIndexOf("#") + 1),
    String(message ?? Message ?? code),
    status,
    details,
  );
}

function post(
  to: { host: string; port: string; agent: Agent },
  operation: string,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...HEADERS,
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "content-length": Buffer.byteLength(body),
    };
    const outgoing = httpRequest({ ...to, path: "/", method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export function createEngineClient(engineUrl: string): EngineClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname: host, port } = new URL(engineUrl);
  const to = { host, port, agent };
  return {
    async call(operation, input) {
      const reply = await post(to, operation, JSON.stringify(input)).catch((error: Error) => {
        throw new AwsError(
          "InternalServerError",
          `The DynamoDB engine at ${engineUrl} did not answer: ${error.message}`,
          500,
        );
      });
      const body = JSON.parse(reply.body || "{}") as Input;
      if (reply.status >= 300) throw errorOf(reply.status, body);
      return body;
    },
    close: () => agent.destroy(),
  };
}
