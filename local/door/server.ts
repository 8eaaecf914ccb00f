import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "./aws-error.ts";
import { type HttpReply, type HttpRequest, readRequest } from "./http.ts";
import { encodeRestJsonError } from "./rest-json.ts";

/** Answers one request; `gone` ends when the caller hangs up. */
export type Answer = (request: HttpRequest, gone: AbortSignal) => Promise<HttpReply>;

export type DoorServer = { url: string; close(): Promise<void> };

function write(response: ServerResponse, reply: HttpReply, nowMs: number, requestId: string): void {
  response.writeHead(reply.status, {
    // The SDKs take their clock from this header.
    date: new Date(nowMs).toUTCString(),
    "x-amzn-requestid": requestId,
    "content-length": Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(reply.body);
}

function asReply(error: unknown): HttpReply {
  if (error instanceof AwsError) return encodeRestJsonError(error);
  console.error("The front door failed.", error);
  return encodeRestJsonError(
    new AwsError("InternalFailure", `The local front door failed: ${String(error)}`, 500),
  );
}

async function handle(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  clock: VirtualClock,
): Promise<void> {
  const hangUp = new AbortController();
  // Every answer closes; only who hangs up before it aborts, which costs an exception with its stack.
  response.once("close", () => {
    if (!response.writableFinished) hangUp.abort();
  });
  const requestId = crypto.randomUUID();
  const isGone = () => incoming.destroyed && !incoming.complete;
  const reply = await readRequest(incoming)
    .then((request) => answer(request, hangUp.signal))
    // Who was killed in the midst of a request has not failed here, and hears nothing.
    .catch((error) => (isGone() ? undefined : asReply(error)));
  if (reply && !response.destroyed) write(response, reply, clock.now(), requestId);
}

function neverTimeOut(server: Server): void {
  // A frozen child keeps its connection for as long as it is frozen.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
}

export async function startServer(answer: Answer, clock: VirtualClock): Promise<DoorServer> {
  const server = createServer((incoming, response) => void handle(incoming, response, answer, clock));
  neverTimeOut(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
