import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  FRAME,
  type Frame,
  frame,
  frameReader,
  headerBlock,
  PREFACE,
} from "../../../../bench/senders/frames.ts";
import { answersTo, answerTemplate } from "../../../../bench/senders/http2-answers.ts";

const anyFrame = fc.record(
  {
    type: fc.integer({ min: 0, max: 9 }),
    flags: fc.integer({ min: 0, max: 255 }),
    stream: fc.integer({ min: 0, max: 0x7fff_ffff }),
    payload: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);
const frames = fc.array(anyFrame, { minLength: 1, maxLength: 20 });

/** The bytes in pieces, cut at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

test("frames come out as they went in, however the bytes are cut, after the preface", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(5_000), { maxLength: 12 }), (sent, cuts) => {
      const bytes = Buffer.concat([PREFACE, ...sent.map(frame)]);
      const read: Frame[] = [];
      const reader = frameReader(
        (type, flags, stream, payload) =>
          void read.push({ type, flags, stream, payload: Buffer.from(payload) }),
        PREFACE.length,
      );
      for (const piece of pieces(bytes, cuts)) reader(piece);
      assert.deepEqual(read, sent);
    }),
  );
});

test("one answer for many streams: each frame of each names its own", () => {
  const template = answerTemplate({ status: 200, headers: [["apns-id", "x"]], body: "{}" });
  const seen: [number, number][] = [];
  const reader = frameReader((type, _flags, stream) => void seen.push([stream, type]));
  reader(answersTo([1, 7, 2_147_483_647], template));
  assert.deepEqual(seen, [
    [1, FRAME.headers],
    [1, FRAME.data],
    [7, FRAME.headers],
    [7, FRAME.data],
    [2_147_483_647, FRAME.headers],
    [2_147_483_647, FRAME.data],
  ]);
});

test("a header that its one length byte cannot hold is refused", () => {
  assert.throws(() => headerBlock([["location", "x".repeat(127)]]), /126 bytes/);
});
