import type { TLSSocket } from "node:tls";
import type { CannedAnswer, FakeState } from "./http2-answers.ts";

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** Counts whole requests in a byte stream; bodies must carry their length. */
export function requestReader(): (chunk: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    let requests = 0;
    for (;;) {
      const headEnd = bytes.indexOf(HEAD_END, at);
      if (headEnd === -1) break;
      const head = bytes.toString("latin1", at, headEnd + 2);
      const end = headEnd + HEAD_END.length + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (end > bytes.length) break;
      requests++;
      at = end;
    }
    rest = bytes.subarray(at);
    return requests;
  };
}

/** Speaks the server's side of HTTP/1.1 on a kept connection. */
export function answerHttp1(
  socket: TLSSocket,
  { answer, state }: { answer: CannedAnswer; state: FakeState },
): void {
  const { status, headers, body = "" } = answer;
  const lines = [...headers, ["content-length", String(Buffer.byteLength(body))]];
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const bytes = Buffer.from(`HTTP/1.1 ${status} Answered\r\n${text}\r\n${body}`);
  const read = requestReader();
  socket.on("data", (chunk: Buffer) => {
    const requests = read(chunk);
    if (requests === 0) return;
    state.answered += requests;
    const all = requests === 1 ? bytes : Buffer.concat(Array.from({ length: requests }, () => bytes));
    if (state.delayMs === 0) socket.write(all);
    else setTimeout(() => socket.write(all), state.delayMs);
  });
}
