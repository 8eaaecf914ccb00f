/** HTTP/2 frames by hand (RFC 9113 §4): what the fake answers with costs it next to nothing. */

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
} as const;
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const FRAME_HEADER_BYTES = 9;
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const STREAM_MASK = 0x7fff_ffff;
const NOTHING = Buffer.alloc(0);

/** The payload is a view: it holds only during the call. */
export type OnFrame = (type: number, flags: number, stream: number, payload: Buffer) => void;

/** Cuts a byte stream into frames, however the network has cut it; `skipBytes` come before the first. */
export function frameReader(onFrame: OnFrame, skipBytes = 0): (chunk: Buffer) => void {
  let rest: Buffer = NOTHING;
  let skip = skipBytes;
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = Math.min(skip, bytes.length);
    skip -= at;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const start = at + FRAME_HEADER_BYTES;
      const end = start + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      onFrame(
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes.readUInt32BE(at + 5) & STREAM_MASK,
        bytes.subarray(start, end),
      );
      at = end;
    }
    rest = bytes.subarray(at);
  };
}

export type Frame = { type: number; flags?: number; stream?: number; payload?: Buffer };

export function frame({ type, flags = 0, stream = 0, payload = NOTHING }: Frame): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEADER_BYTES);
  return bytes;
}

/** Setting identifiers and their values (RFC 9113 §6.5.2). */
export function settings(values: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries(values);
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([id, value], index) => {
    payload.writeUInt16BE(Number(id), index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return frame({ type: FRAME.settings, payload });
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame({ type: FRAME.windowUpdate, stream, payload });
}

/** HPACK literals without indexing and without Huffman coding (RFC 7541 §6.2.2): no table to keep. */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer[] => {
    const bytes = Buffer.from(value);
    if (bytes.length > 126) throw new Error("a fake's header has at most 126 bytes");
    return [Buffer.of(bytes.length), bytes];
  };
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), ...text(name), ...text(value)]));
}
