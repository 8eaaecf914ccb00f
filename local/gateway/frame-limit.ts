/**
 * Watches the frames of one connection: API Gateway takes at most 32 KB in each, and the WebSocket library only
 * shows whole messages.
 */

export const MAXIMUM_FRAME_BYTES = 32 * 1024;

const MASK_BYTES = 4;

/** Header length and payload length, or `undefined` while the header is not complete. */
function readHeader(header: Buffer): { headerBytes: number; payloadBytes: number } | undefined {
  if (header.byteLength < 2) return undefined;
  const second = header.readUInt8(1);
  const mask = (second & 0x80) === 0 ? 0 : MASK_BYTES;
  const length = second & 0x7f;
  if (length < 126) return { headerBytes: 2 + mask, payloadBytes: length };
  if (length === 126) {
    return header.byteLength < 4
      ? undefined
      : { headerBytes: 4 + mask, payloadBytes: header.readUInt16BE(2) };
  }
  if (header.byteLength < 10) return undefined;
  return { headerBytes: 10 + mask, payloadBytes: Number(header.readBigUInt64BE(2)) };
}

/** Feed it every chunk that arrives; `onOversized` is called once. */
export function createFrameLimit(onOversized: () => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let skipBytes = 0;
  let done = false;
  return (chunk) => {
    let rest = pending.byteLength === 0 ? chunk : Buffer.concat([pending, chunk]);
    pending = Buffer.alloc(0);
    while (!done && rest.byteLength > 0) {
      const skipped = Math.min(skipBytes, rest.byteLength);
      skipBytes -= skipped;
      rest = rest.subarray(skipped);
      if (rest.byteLength === 0) return;
      const header = readHeader(rest);
      if (header === undefined) {
        pending = Buffer.from(rest);
        return;
      }
      if (header.payloadBytes > MAXIMUM_FRAME_BYTES) {
        done = true;
        onOversized();
      }
      skipBytes = header.headerBytes + header.payloadBytes;
    }
  };
}
