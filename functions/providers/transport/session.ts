import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  sensitiveHeaders,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import { beginStream } from "./begin-stream.ts";
import { attempt, type Carrier, type Exchange } from "./exchange.ts";
import type { Answer, OpenSocket, Reply } from "./reply.ts";

/** After this long without use (a frozen environment, a silent middlebox) a session must prove that it lives. */
const STALE_AFTER_MS = 30_000;
const PING_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Whatever a server allows, more streams than this on one connection only queue behind each other. */
const MOST_STREAMS = 1_000;
/** Differs in every request: kept out of the compression table, where it would push out what repeats. */
const UNIQUE_HEADERS = ["apns-id", "apns-request-id"];

/** The server takes no more, is tired of us, or we cut an answer short: no such connection is worth keeping. */
const BAD_ENDS: ReadonlySet<number | undefined> = new Set([
  constants.NGHTTP2_REFUSED_STREAM,
  constants.NGHTTP2_ENHANCE_YOUR_CALM,
  constants.NGHTTP2_PROTOCOL_ERROR,
]);

export type SessionOptions = {
  host: string;
  /** 443 where it is left out. */
  port?: number;
  open: OpenSocket;
  /** One request at a time until the first good answer (APNs with token authentication). */
  oneUntilProven?: boolean;
  /** Nothing good has been answered yet, and the access token was refused: who waits would hear the same. */
  onRefused?: (answer: Answer) => void;
  onReply: (exchange: Exchange, reply: Reply) => void;
  /** Room appeared, or the session ended: `failure` says why it never came up. */
  onChange: (failure?: string) => void;
};

export type Session = {
  readonly state: "connecting" | "open" | "retiring" | "over";
  /** Not yet at its full room: more sessions are not called for. */
  readonly comingUp: boolean;
  /** Streams that may be begun now. */
  room(): number;
  start(exchange: Exchange): void;
  /** Begins no more streams; ends when the last is answered. */
  retire(): void;
  destroy(): void;
};

type Inner = {
  state: Session["state"];
  client?: ClientHttp2Session;
  socket?: TLSSocket;
  timer?: NodeJS.Timeout;
  maxStreams: number;
  running: number;
  proven: boolean;
  lastUsedMs: number;
  lastStreamId: number;
  cameUp: boolean;
  pinging: boolean;
};

/** One kept HTTP/2 connection: it obeys the server's SETTINGS and knows which requests a GOAWAY left untouched. */
export function h2Session(options: SessionOptions): Session {
  const inner: Inner = {
    state: "connecting",
    maxStreams: 1,
    running: 0,
    proven: !options.oneUntilProven,
    lastUsedMs: Date.now(),
    lastStreamId: Number.MAX_SAFE_INTEGER,
    cameUp: false,
    pinging: false,
  };
  const carrier = carrierOf(inner, options);
  begin(inner, options);
  return {
    get state() {
      return inner.state;
    },
    get comingUp() {
      return inner.state === "connecting" || (inner.state === "open" && !inner.proven);
    },
    room: () => roomOf(inner, options),
    start: (exchange) => start(inner, carrier, exchange),
    retire: () => retire(inner),
    destroy: () => end(inner, options),
  };
}

function carrierOf(inner: Inner, options: SessionOptions): Carrier {
  return {
    settle(exchange, reply) {
      if (reply.kind === "answer" && reply.status !== 403) inner.proven = true;
      if (reply.kind === "answer" && !inner.proven) options.onRefused?.(reply);
      options.onReply(exchange, reply);
    },
    isBeyondGoaway: (streamId) => streamId > inner.lastStreamId,
    ended({ id, rstCode }) {
      inner.running--;
      // A stream without an id was never begun: the session has no more to give.
      if (id === undefined || BAD_ENDS.has(rstCode)) retire(inner);
      options.onChange();
    },
    doubt: () => ping(inner, options, () => undefined),
  };
}

function begin(inner: Inner, options: SessionOptions): void {
  const { host, port, open } = options;
  inner.timer = setTimeout(() => end(inner, options, "connect_timeout"), CONNECT_TIMEOUT_MS);
  const fail = (error: NodeJS.ErrnoException) => end(inner, options, `connect_${error.code ?? error.name}`);
  let socket: TLSSocket;
  try {
    socket = open(host, ["h2"], port);
  } catch (error) {
    // Told on the next turn, as every other failure to connect.
    setImmediate(fail, error as Error);
    return;
  }
  inner.socket = socket;
  socket.once("error", fail);
  socket.once("close", () => end(inner, options, "connect_closed"));
  socket.once("secureConnect", () => {
    if (socket.alpnProtocol !== "h2") return end(inner, options, "connect_no_http2");
    socket.off("error", fail);
    inner.client = speak(inner, options, socket);
  });
}

function speak(inner: Inner, options: SessionOptions, socket: TLSSocket): ClientHttp2Session {
  const client = connect(`https://${options.host}`, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  client.on("remoteSettings", ({ maxConcurrentStreams }) => {
    inner.maxStreams = Math.min(maxConcurrentStreams ?? MOST_STREAMS, MOST_STREAMS);
    if (inner.state !== "connecting" && inner.state !== "open") return;
    if (!inner.cameUp) {
      inner.cameUp = true;
      inner.state = "open";
      clearTimeout(inner.timer);
    }
    options.onChange();
  });
  client.on("goaway", (_code, lastStreamId) => {
    inner.lastStreamId = lastStreamId;
    retire(inner);
    options.onChange();
  });
  client.on("error", (error: NodeJS.ErrnoException) => end(inner, options, error.code ?? error.name));
  client.on("close", () => end(inner, options, "connection_closed"));
  return client;
}

/** Streams that may begin. A stale session first answers a PING; until then it has no room. */
function roomOf(inner: Inner, options: SessionOptions): number {
  if (inner.state !== "open") return 0;
  if (inner.client?.closed || inner.client?.destroyed) {
    end(inner, options);
    return 0;
  }
  if (Date.now() - inner.lastUsedMs > STALE_AFTER_MS) {
    prove(inner, options);
    return 0;
  }
  return (inner.proven ? inner.maxStreams : Math.min(1, inner.maxStreams)) - inner.running;
}

function prove(inner: Inner, options: SessionOptions): void {
  inner.state = "connecting";
  ping(inner, options, () => {
    if (inner.state !== "connecting") return;
    inner.lastUsedMs = Date.now();
    inner.state = "open";
    options.onChange();
  });
}

function ping(inner: Inner, options: SessionOptions, onPong: () => void): void {
  if (inner.pinging || inner.client === undefined || inner.client.destroyed) return;
  inner.pinging = true;
  inner.timer = setTimeout(() => end(inner, options), PING_TIMEOUT_MS);
  inner.client.ping((error) => {
    inner.pinging = false;
    if (error) {
      end(inner, options);
      return;
    }
    clearTimeout(inner.timer);
    onPong();
  });
}

function start(inner: Inner, carrier: Carrier, exchange: Exchange): void {
  inner.lastUsedMs = Date.now();
  let stream: ClientHttp2Stream;
  try {
    stream = beginStream(inner.client!, markUnique(exchange.wire.headers));
  } catch (error) {
    const reason = `not_begun_${(error as NodeJS.ErrnoException).code}`;
    carrier.settle(exchange, { kind: "unsent", reason });
    return;
  }
  inner.running++;
  attempt(exchange, stream, carrier);
}

/** A header that differs in every request stays out of the compression table. */
function markUnique(headers: readonly string[]): readonly string[] {
  (headers as readonly string[] & { [sensitiveHeaders]?: string[] })[sensitiveHeaders] ??= UNIQUE_HEADERS;
  return headers;
}

function retire(inner: Inner): void {
  if (inner.state === "over" || inner.state === "retiring") return;
  inner.state = "retiring";
  clearTimeout(inner.timer);
  inner.client?.close();
}

function end(inner: Inner, options: SessionOptions, why?: string): void {
  if (inner.state === "over") return;
  inner.state = "over";
  clearTimeout(inner.timer);
  // An error that arrives after the end has nobody left to tell.
  inner.socket?.on("error", () => undefined);
  inner.client?.destroy();
  inner.socket?.destroy();
  options.onChange(inner.cameUp ? undefined : why);
}
