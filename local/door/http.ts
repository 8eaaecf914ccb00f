import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.ts";

export type HttpRequest = {
  method: string;
  /** As it came, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type HttpReply = { status: number; headers: Record<string, string>; body: string | Uint8Array };

/** DynamoDB takes 16 MB; nothing takes more. */
const MAX_BODY_BYTES = 17 * 1024 * 1024;

/** By events: iterating over a request costs more than all else that is done to read it. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(new AwsError("RequestEntityTooLarge", "The request body is over 17 MB.", 413));
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

export async function readRequest(request: IncomingMessage): Promise<HttpRequest> {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: request.method ?? "GET",
    path: mark === -1 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1)),
    headers: request.headers,
    body: await readBody(request),
  };
}
