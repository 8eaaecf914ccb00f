import type { ClientHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Reply, Wire } from "./reply.ts";
import type { Session } from "./session.ts";

/** Answers of providers are short; what is longer is cut, and the stream with it. */
export const MAX_ANSWER_BYTES = 8_192;
/** How a stream whose answer is too long is ended. */
export const TOO_LONG_CODE = constants.NGHTTP2_ENHANCE_YOUR_CALM;

/** One request on its way through a pool. */
export type Exchange = {
  readonly wire: Wire;
  /** On the monotonic clock, which a moved platform clock does not touch. */
  readonly limitMs: number;
  readonly settle: (reply: Reply) => void;
  settled: boolean;
  resent: boolean;
  stream?: ClientHttp2Stream;
  session?: Session;
  /** Its deadline is over while it is on the wire. */
  expire?: () => void;
};

export const monotonicMs = (): number => performance.now();

/** Whether the server, by its GOAWAY, will not have looked at a stream. */
type BeyondGoaway = (streamId: number) => boolean;

/**
 * Reads a stream's answer: headers settle an accepted request, others wait for their (short) body too.
 * @returns what to call at the deadline: a status that has come counts, however long its body goes on
 */
export function readAnswer(
  stream: ClientHttp2Stream,
  { wire, settle }: Pick<Exchange, "wire" | "settle">,
  beyond: BeyondGoaway,
): () => void {
  let head: Extract<Reply, { kind: "answer" }> | undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let fault: string | undefined;
  stream.on("response", (headers) => {
    head = { kind: "answer", status: headers[":status"] ?? 0, headers, body: "" };
    if (!wire.wholeBody && head.status >= 200 && head.status < 300) settle(head);
  });
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
    else stream.close(TOO_LONG_CODE);
  });
  stream.on("error", (error: NodeJS.ErrnoException) => {
    fault = error.code ?? error.name;
  });
  const whole = () => head && { ...head, body: Buffer.concat(chunks).toString("utf8") };
  stream.on("close", () => settle(whole() ?? endedWithoutAnswer(stream, beyond, fault)));
  return () => settle(whole() ?? { kind: "lost", reason: "deadline_exceeded" });
}

function endedWithoutAnswer(
  stream: ClientHttp2Stream,
  beyond: BeyondGoaway,
  fault: string | undefined,
): Reply {
  const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  const neverBegun = stream.id === undefined || beyond(stream.id);
  if (refused || neverBegun)
    return { kind: "unsent", reason: refused ? "refused_stream" : "connection_closed" };
  return { kind: "lost", reason: fault ? `lost_${fault}` : "connection_closed" };
}
