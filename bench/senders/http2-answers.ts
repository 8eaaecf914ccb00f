import type { TLSSocket } from "node:tls";
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  frameReader,
  headerBlock,
  PREFACE,
  settings,
  windowUpdate,
} from "./frames.ts";

/** What every request to one fake provider is answered with. */
export type CannedAnswer = { status: number; headers: readonly (readonly [string, string])[]; body?: string };

/** What all connections of the fake have in common. */
export type FakeState = { delayMs: number; answered: number };

const SETTING = { maxConcurrentStreams: 3, initialWindowSize: 4 } as const;
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 1 << 30;
/** A client's use of the connection's window is given back in pieces of this size. */
const GIVE_BACK_BYTES = 1 << 24;

/** An answer's frames with a place for the stream id in each. */
type Template = { bytes: Buffer; streamAt: readonly number[] };

export function answerTemplate({ status, headers, body }: CannedAnswer): Template {
  const payload = headerBlock([[":status", String(status)], ...headers]);
  const head = frame({
    type: FRAME.headers,
    flags: END_HEADERS | (body === undefined ? END_STREAM : 0),
    payload,
  });
  if (body === undefined) return { bytes: head, streamAt: [5] };
  const data = frame({ type: FRAME.data, flags: END_STREAM, payload: Buffer.from(body) });
  return { bytes: Buffer.concat([head, data]), streamAt: [5, head.length + 5] };
}

/** The same answer for each of the streams, in one buffer. */
export function answersTo(streams: readonly number[], { bytes, streamAt }: Template): Buffer {
  const all = Buffer.allocUnsafe(bytes.length * streams.length);
  for (let i = 0; i < streams.length; i++) {
    const at = i * bytes.length;
    bytes.copy(all, at);
    for (const offset of streamAt) all.writeUInt32BE(streams[i]!, at + offset);
  }
  return all;
}

export type Http2AnswersOptions = { answer: CannedAnswer; maxStreams: number; state: FakeState };

/** Speaks the server's side of HTTP/2 on a connection: every request that has come whole gets the same answer. */
export function answerHttp2(socket: TLSSocket, { answer, maxStreams, state }: Http2AnswersOptions): void {
  const template = answerTemplate(answer);
  let whole: number[] = [];
  let usedBytes = 0;
  const read = frameReader((type, flags, stream, payload) => {
    if (type === FRAME.data) usedBytes += payload.length;
    if ((type === FRAME.data || type === FRAME.headers) && flags & END_STREAM) whole.push(stream);
    else if (type === FRAME.settings && !(flags & ACK)) socket.write(frame({ type, flags: ACK }));
    else if (type === FRAME.ping && !(flags & ACK)) socket.write(frame({ type, flags: ACK, payload }));
  }, PREFACE.length);
  const flush = (): void => {
    if (usedBytes >= GIVE_BACK_BYTES) {
      socket.write(windowUpdate(0, usedBytes));
      usedBytes = 0;
    }
    if (whole.length === 0) return;
    const bytes = answersTo(whole, template);
    state.answered += whole.length;
    whole = [];
    if (state.delayMs === 0) socket.write(bytes);
    else setTimeout(() => socket.write(bytes), state.delayMs);
  };
  socket.write(
    Buffer.concat([
      settings({
        [SETTING.maxConcurrentStreams]: maxStreams,
        [SETTING.initialWindowSize]: STREAM_WINDOW_BYTES,
      }),
      windowUpdate(0, CONNECTION_WINDOW_BYTES),
    ]),
  );
  socket.on("data", (chunk: Buffer) => {
    read(chunk);
    flush();
  });
}
