import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificates } from "../../local/fakes/certificates.ts";

/** What an answer is written to: a stream of HTTP/2, or the same over HTTP/1.1. */
export type SpokenStream = Pick<ServerHttp2Stream, "destroyed" | "additionalHeaders" | "close"> & {
  respond(headers: OutgoingHttpHeaders, options?: { endStream?: boolean }): void;
  write(part: string, done?: () => void): unknown;
  end(body?: string | Buffer): unknown;
};
/** An answer of a server that speaks HTTP as it should, and says what it should not. */
export type SpokenAnswer = (stream: SpokenStream, headers: IncomingHttpHeaders) => void;
/** An answer as bytes, of a server that does not keep to HTTP/2. */
export type RawAnswer = (socket: TLSSocket, streamId: number) => void;

export type HostileServer<A> = {
  port: number;
  ca: string;
  answer: A;
  requests: number;
  close(): Promise<void>;
};

/** Answers every request by what `answer` is at that moment. */
export async function startSpeaking(
  { key, cert, caFile }: Certificates,
  answer: SpokenAnswer,
): Promise<HostileServer<SpokenAnswer>> {
  const server = createSecureServer({ key, cert, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } });
  const running = { answer, requests: 0 };
  server.on("request", (request, response) => {
    if (request.httpVersionMajor > 1) return; // the stream's
    running.requests++;
    request.resume();
    const plain = plainStream(response as unknown as ServerResponse);
    request.once("end", () => running.answer(plain, request.headers));
  });
  server.on("stream", (stream, headers) => {
    running.requests++;
    stream.on("error", () => undefined); // the client cuts what is too long: that is what is tried
    // Read first, so that no answer comes before the request has left.
    stream.resume();
    stream.once("end", () => running.answer(stream, headers));
  });
  server.on("sessionError", () => undefined);
  return Object.assign(running, await listening(server, caFile));
}

/** A response of HTTP/1.1, written to as a stream of HTTP/2 is. */
function plainStream(response: ServerResponse): SpokenStream {
  return {
    get destroyed() {
      return response.destroyed;
    },
    respond({ ":status": status, ...headers }, { endStream = false } = {}) {
      response.socket?.setNoDelay();
      response.writeHead(Number(status), headers);
      response.flushHeaders();
      if (endStream) response.end();
    },
    additionalHeaders: () => response.writeEarlyHints({ link: "</x>; rel=preload" }),
    close: () => response.destroy(),
    write: (part, done) => response.write(part, done),
    end: (body) => response.end(body),
  };
}

/** The bytes after which HTTP/2's frames begin. */
const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const TYPE = { headers: 1, settings: 4 };
const END_STREAM = 1;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

type Frame = { type: number; flags: number; stream: number };

/** The whole frames in what has arrived, behind the client's preface. */
function frameReader(): (chunk: Buffer) => Frame[] {
  let left: Buffer = Buffer.alloc(0);
  let skip = PREFACE_BYTES;
  return (chunk) => {
    left = Buffer.concat([left, chunk]);
    if (left.length < skip) return [];
    left = left.subarray(skip);
    skip = 0;
    const frames: Frame[] = [];
    while (left.length >= HEAD_BYTES && left.length >= HEAD_BYTES + left.readUIntBE(0, 3)) {
      frames.push({ type: left.readUInt8(3), flags: left.readUInt8(4), stream: left.readUInt32BE(5) });
      left = left.subarray(HEAD_BYTES + left.readUIntBE(0, 3));
    }
    return frames;
  };
}

/** Takes HTTP/2's frames by hand and answers each whole request by what `answer` is at that moment. */
export async function startRaw(
  { key, cert, caFile }: Certificates,
  answer: RawAnswer,
): Promise<HostileServer<RawAnswer>> {
  const running = { answer, requests: 0 };
  const server = createServer({ key, cert, ALPNProtocols: ["h2"] }, (socket) => {
    const read = frameReader();
    socket.on("error", () => undefined); // the client hangs up: that is what is tried
    socket.write(frame(TYPE.settings, 0, 0));
    socket.on("data", (chunk: Buffer) => {
      for (const { type, flags, stream } of read(chunk)) {
        if (type === TYPE.settings && flags === 0) socket.write(frame(TYPE.settings, 1, 0));
        if (type > TYPE.headers || (flags & END_STREAM) === 0) continue;
        running.requests++;
        running.answer(socket, stream);
      }
    });
  });
  server.on("tlsClientError", () => undefined);
  return Object.assign(running, await listening(server, caFile));
}

async function listening(server: Server, caFile: string) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: readFileSync(caFile, "utf8"),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
