import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  childOf,
  formatTraceparent,
  isSampled,
  parseTraceparent,
  traceOf,
} from "../../../../functions/core/trace/traceparent.ts";

const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const REQUEST = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";

const digits = (count: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: count, maxLength: count })
    .map((all) => all.join(""))
    .filter((text) => !/^0+$/.test(text));
const context = fc.record(
  { trace: digits(32), span: digits(16), flags: fc.integer({ min: 0, max: 255 }) },
  { noNullPrototype: true },
);

test("a traceparent is its parts, and its parts are the traceparent", () => {
  assert.deepEqual(parseTraceparent(GIVEN), {
    trace: "0af7651916cd43dd8448eb211c80319c",
    span: "b7ad6b7169203331",
    flags: 1,
  });
  fc.assert(
    fc.property(context, (parts) => {
      assert.deepEqual(parseTraceparent(formatTraceparent(parts)), parts);
    }),
  );
});

const WRONG: [what: string, text: string][] = [
  ["nothing", ""],
  ["another version", GIVEN.replace(/^00/, "01")],
  ["a trace of zeros", `00-${"0".repeat(32)}-b7ad6b7169203331-01`],
  ["a span of zeros", `00-0af7651916cd43dd8448eb211c80319c-${"0".repeat(16)}-01`],
  ["capitals", GIVEN.toUpperCase()],
  ["a short trace", GIVEN.replace("0af7", "")],
  ["something behind it", `${GIVEN}-00`],
  ["a line break", `${GIVEN}\n`],
  ["no flags", GIVEN.slice(0, -3)],
];

for (const [what, text] of WRONG) {
  test(`${what} is no traceparent, and a new trace begins`, () => {
    assert.equal(parseTraceparent(text), undefined);
    const fresh = traceOf(text, REQUEST, true);
    assert.equal(fresh.slice(3, 35), "c6af9ac67b6111e69a4193e8deadbeef");
  });
}

test("a child has the trace and the flags of its parent, and its own span", () => {
  assert.equal(childOf(GIVEN, "00f067aa0ba902b7"), "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
  fc.assert(
    fc.property(context, digits(16), (parent, span) => {
      assert.deepEqual(parseTraceparent(childOf(formatTraceparent(parent), span)), { ...parent, span });
    }),
  );
});

test("sampled is the lowest bit of the flags, whatever the others say", () => {
  fc.assert(
    fc.property(context, (parts) => {
      assert.equal(isSampled(formatTraceparent(parts)), parts.flags % 2 === 1);
    }),
  );
});

test("the caller's own trace is respected with its flag, whatever the share says", () => {
  const unsampled = `${GIVEN.slice(0, -2)}00`;
  assert.equal(traceOf(GIVEN, REQUEST, false), GIVEN);
  assert.equal(traceOf(unsampled, REQUEST, true), unsampled);
});

test("a new trace is valid for every request id, and sampled as it is told", () => {
  for (const id of [REQUEST, "", "0000", "xyz", "0".repeat(40)]) {
    for (const sampled of [true, false]) {
      const fresh = traceOf(undefined, id, sampled);
      assert.ok(parseTraceparent(fresh), `${id} gave ${fresh}`);
      assert.equal(isSampled(fresh), sampled);
    }
  }
});
