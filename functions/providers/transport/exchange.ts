import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Slotted } from "./bag.ts";
import type { Answer, Reply, Wire } from "./reply.ts";

/** Answers of providers are short; what is longer than this, or than the request says, is cut, and the stream with it. */
export const MAX_ANSWER_BYTES = 8_192;
/** How a stream whose answer is too long is ended. */
export const TOO_LONG_CODE = constants.NGHTTP2_ENHANCE_YOUR_CALM;

/** One request on its way through a pool. */
export type Exchange = Slotted & {
  readonly wire: Wire;
  /** On the monotonic clock, which a moved platform clock does not touch. */
  readonly limitMs: number;
  readonly resolve: (reply: Reply) => void;
  settled: boolean;
  resent: boolean;
  /** Its present try, while it is on the wire. */
  attempt?: Attempt | undefined;
};

/** An exchange on a stream, and what has come of its answer. */
export type Attempt = {
  readonly exchange: Exchange;
  readonly stream: ClientHttp2Stream;
  readonly carrier: Carrier;
  head: Answer | undefined;
  chunks: Buffer[] | undefined;
  bytes: number;
  fault: string | undefined;
};

/** The session that carries the stream. */
export type Carrier = {
  settle(exchange: Exchange, reply: Reply): void;
  /** Whether the server, by its GOAWAY, will not have looked at a stream. */
  isBeyondGoaway(streamId: number): boolean;
  /** The stream is over and its exchange settled. */
  ended(stream: ClientHttp2Stream): void;
  /** A request went unanswered: unless a PING is, the connection is dead and its other requests need not wait. */
  doubt(): void;
};

export const monotonicMs = (): number => performance.now();

const ATTEMPT = Symbol("attempt");
/** Undefined once the stream has closed. */
type Carrying = ClientHttp2Stream & { [ATTEMPT]: Attempt | undefined };

/**
 * Sends an exchange's request on a fresh stream and settles it with what becomes of that. The listeners are the
 * same functions for all streams, and added once: closures and `once` for each cost 7 % of a send.
 */
export function attempt(exchange: Exchange, stream: ClientHttp2Stream, carrier: Carrier): void {
  const made = { exchange, stream, carrier, head: undefined, chunks: undefined, bytes: 0, fault: undefined };
  exchange.attempt = made;
  (stream as Carrying)[ATTEMPT] = made;
  stream.on("response", onResponse);
  stream.on("error", onError);
  stream.on("close", onClose);
  // Node has ended GET and DELETE by itself: more than nothing would be an error.
  if (exchange.wire.body.length > 0) stream.end(exchange.wire.body);
  else stream.end();
}

/** Headers settle an accepted request; others wait for their (short) body too. */
function onResponse(this: ClientHttp2Stream, headers: IncomingHttpHeaders & { ":status"?: number }): void {
  const made = (this as Carrying)[ATTEMPT];
  if (made === undefined) return;
  const { exchange, carrier } = made;
  const status = headers[":status"] ?? 0;
  made.head = { kind: "answer", status, headers, body: "" };
  if (!exchange.wire.wholeBody && status >= 200 && status < 300) carrier.settle(exchange, made.head);
  if (this.endAfterHeaders) this.resume();
  else this.on("data", onData);
}

function onData(this: ClientHttp2Stream, chunk: Buffer): void {
  const made = (this as Carrying)[ATTEMPT];
  if (made === undefined) return;
  made.bytes += chunk.length;
  if (made.bytes > (made.exchange.wire.mostBytes ?? MAX_ANSWER_BYTES)) this.close(TOO_LONG_CODE);
  // Nobody reads the body of a request that its headers have settled.
  else if (!made.exchange.settled) made.chunks = [...(made.chunks ?? []), chunk];
}

function onError(this: ClientHttp2Stream, error: NodeJS.ErrnoException): void {
  const made = (this as Carrying)[ATTEMPT];
  if (made) made.fault = error.code ?? error.name;
}

function onClose(this: ClientHttp2Stream): void {
  const made = (this as Carrying)[ATTEMPT];
  if (made === undefined) return;
  const { exchange, carrier } = made;
  if (!exchange.settled) carrier.settle(exchange, wholeAnswer(made) ?? endedWithoutAnswer(made));
  // Node's bookkeeping keeps ended streams for a while: not with all that hung on them.
  (this as Carrying)[ATTEMPT] = undefined;
  carrier.ended(this);
}

/** At the deadline a status that has come counts, however long its body goes on. */
export function expire(made: Attempt): void {
  const { exchange, stream, carrier } = made;
  carrier.settle(exchange, wholeAnswer(made) ?? { kind: "lost", reason: "deadline_exceeded" });
  stream.close(constants.NGHTTP2_CANCEL);
  carrier.doubt();
}

function wholeAnswer({ head, chunks }: Attempt): Answer | undefined {
  return head && chunks ? { ...head, body: Buffer.concat(chunks).toString("utf8") } : head;
}

function endedWithoutAnswer({ stream, carrier, fault }: Attempt): Reply {
  const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  const neverBegun = stream.id === undefined || carrier.isBeyondGoaway(stream.id);
  if (refused || neverBegun)
    return { kind: "unsent", reason: refused ? "refused_stream" : "connection_closed" };
  return { kind: "lost", reason: fault ? `lost_${fault}` : "connection_closed" };
}
