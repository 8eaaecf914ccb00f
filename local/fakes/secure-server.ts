import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Certificates } from "./certificates.ts";
import type { FakeName, Fault, Faults } from "./faults.ts";

export type FakeRequest = {
  method: string;
  path: string;
  host: string;
  headers: Record<string, string>;
  body: Buffer;
  session: object;
};
export type FakeAnswer = { status: number; headers?: Record<string, string>; body?: string };

export type FakeOptions = {
  name: FakeName;
  certificates: Certificates;
  faults: Faults;
  maxConcurrentStreams: number;
  /** Token or endpoint of a request, for faults; undefined = faults do not apply (an OAuth endpoint). */
  tokenOf(request: FakeRequest): string | undefined;
  /** The answer a well-behaved provider gives; `fault` replaces it where it names a status. */
  answer(request: FakeRequest, fault: Fault | undefined): FakeAnswer;
  latencyMs(): number;
};

export type SecureServer = { port: number; close(): Promise<void> };

/** A thousand tokens of a vendor that takes so many at once. */
const MAX_BODY_BYTES = 1024 * 1024;
const HUGE_BYTES = 10 * 1024 * 1024;

/** TLS with HTTP/2 (and 1.1 where a client cannot), misbehaving as told. */
export async function startSecureServer(options: FakeOptions): Promise<SecureServer> {
  const { key, cert } = options.certificates;
  const server = createSecureServer({
    key,
    cert,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams },
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    if (options.faults.refuses(options.name)) socket.resetAndDestroy();
  });
  server.on("sessionError", () => undefined); // clients that go away in mid-frame are part of the tests
  server.on("tlsClientError", () => undefined);
  server.on("request", (request, response) => {
    response.stream?.on("error", () => undefined); // a reset stream is no fault of the fake
    void serve(options, request, response);
  });
  await listen(server);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const listen = (server: Http2SecureServer): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve());
  });

async function serve(
  options: FakeOptions,
  incoming: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const arrival = { provider: options.name, path: incoming.url, headers: incoming.headers };
  options.faults.told({ ...arrival, stage: "begun" });
  const request = await read(incoming).catch(() => undefined); // the client went away before its body was whole
  if (request === undefined) return;
  const token = options.tokenOf(request);
  const fault = token === undefined ? undefined : options.faults.take(options.name, token);
  if (fault && breaks(fault, incoming, response)) return;
  const answer = options.answer(request, fault);
  options.faults.told({ ...arrival, stage: "arrived" });
  const waitMs = options.latencyMs() + (fault?.kind === "slow" ? (fault.delayMs ?? 1_000) : 0);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  if (fault?.kind === "loseAnswer") {
    destroySocket(incoming);
    return;
  }
  write(response, fault, answer);
}

async function read(incoming: Http2ServerRequest): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    method: incoming.method,
    path: incoming.url,
    host: incoming.authority ?? headers["host"] ?? "",
    headers,
    body: Buffer.concat(chunks),
    session: incoming.stream?.session ?? incoming.socket,
  };
}

/** Faults that end a request before it is processed. */
function breaks(fault: Fault, incoming: Http2ServerRequest, response: Http2ServerResponse): boolean {
  const session = incoming.stream?.session as ServerHttp2Session | undefined;
  switch (fault.kind) {
    case "goaway":
      // Streams up to the one before are processed; this one is safe to repeat elsewhere.
      session?.goaway(constants.NGHTTP2_NO_ERROR, Math.max(0, (incoming.stream?.id ?? 1) - 2));
      response.stream?.close(constants.NGHTTP2_REFUSED_STREAM);
      return true;
    case "reset":
      response.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
      return true;
    case "drop":
      destroySocket(incoming);
      return true;
    case "silent":
      return true;
    default:
      return false;
  }
}

function destroySocket(incoming: Http2ServerRequest): void {
  const session = incoming.stream?.session;
  if (session) session.destroy();
  else incoming.socket.destroy();
}

function write(response: Http2ServerResponse, fault: Fault | undefined, answer: FakeAnswer): void {
  if (response.stream?.destroyed || response.writableEnded) return;
  response.writeHead(answer.status, answer.headers ?? {});
  if (fault?.kind === "endless") {
    const drip = setInterval(
      () => (response.stream?.destroyed ? clearInterval(drip) : response.write("x")),
      100,
    );
    drip.unref();
    return;
  }
  if (fault?.kind === "garbage") response.end("<html>not what you asked for");
  else if (fault?.kind === "huge") response.end("x".repeat(HUGE_BYTES));
  else response.end(answer.body ?? "");
}
