import { connect, type TLSSocket } from "node:tls";
import {
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

const BATCH = 500;
const IN_FLIGHT = 2 * BATCH;
const WARM_UP_MS = 500;
const MEASURED_MS = 1_500;
const BODY_BYTES = 250;

export type Proof = { host: string; port: number; ca: string };

/**
 * How many answers a second the fake gives to a client that costs less than any sender.
 * @throws Error when the connection fails
 */
export async function answersPerSecond({ host, port, ca }: Proof): Promise<number> {
  const socket = connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["h2"] });
  socket.setNoDelay(true);
  const failed = new Promise<never>((_, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the fake closed the connection")));
  });
  try {
    return await Promise.race([measured(socket, host), failed]);
  } finally {
    socket.destroy();
  }
}

async function measured(socket: TLSSocket, host: string): Promise<number> {
  const answers = pump(socket, host);
  await sleep(WARM_UP_MS);
  const [before, sinceMs] = [answers(), performance.now()];
  await sleep(MEASURED_MS);
  return Math.round(((answers() - before) / (performance.now() - sinceMs)) * 1_000);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Keeps two batches of prebuilt requests on the way. */
function pump(socket: TLSSocket, host: string): () => number {
  const batch = batchOf(host);
  let [answers, asked, nextStream] = [0, 0, 1];
  const fill = (): void => {
    while (asked - answers <= IN_FLIGHT - BATCH) {
      socket.write(batch(nextStream));
      nextStream += 2 * BATCH;
      asked += BATCH;
    }
  };
  const read = frameReader((type, flags) => {
    if ((type === FRAME.headers || type === FRAME.data) && flags & END_STREAM) answers++;
  });
  socket.on("data", (chunk: Buffer) => {
    read(chunk);
    fill();
  });
  socket.write(Buffer.concat([PREFACE, settings({ 4: 1 << 20 }), windowUpdate(0, 1 << 30)]));
  fill();
  return () => answers;
}

/** Requests of the size of an APNs one; only the stream ids change from batch to batch. */
function batchOf(host: string): (firstStream: number) => Buffer {
  const payload = headerBlock([
    [":method", "POST"],
    [":scheme", "https"],
    [":authority", host],
    [":path", `/3/device/${"0".repeat(64)}`],
    ["apns-id", "0".repeat(36)],
  ]);
  const head = frame({ type: FRAME.headers, flags: END_HEADERS, payload });
  const data = frame({ type: FRAME.data, flags: END_STREAM, payload: Buffer.alloc(BODY_BYTES, 0x20) });
  const one = Buffer.concat([head, data]);
  return (firstStream) => {
    const all = Buffer.alloc(one.length * BATCH);
    for (let i = 0; i < BATCH; i++) {
      const at = i * one.length;
      one.copy(all, at);
      all.writeUInt32BE(firstStream + 2 * i, at + 5);
      all.writeUInt32BE(firstStream + 2 * i, at + head.length + 5);
    }
    return all;
  };
}
