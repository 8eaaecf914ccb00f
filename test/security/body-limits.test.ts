import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../functions/core/errors/app-error.ts";
import { jsonDepth, parseJson } from "../../functions/core/errors/parse.ts";
import { LIMITS } from "../../functions/core/notification/request.ts";

const BYTES = LIMITS.bodyBytes;

/** Bodies as large as is allowed, each built to make a backtracking reader start over and over. */
const HOSTILE: Record<string, string> = {
  "a string of escaped quotes that never ends": `{"a":"${'\\"'.repeat(BYTES / 2 - 8)}`,
  "the same with a backslash for an end": `{"a":"${'\\"'.repeat(BYTES / 2 - 8)}\\`,
  "backslashes alone": `"${"\\".repeat(BYTES - 8)}`,
  "quotes alone": '"'.repeat(BYTES - 1),
  "closing brackets alone": "]".repeat(BYTES),
  "a string that never ends": `"${"a".repeat(BYTES - 8)}`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`refused within a second: ${name}`, () => {
    const startedMs = performance.now();
    assert.throws(
      () => parseJson(text, LIMITS),
      (error) => error instanceof AppError && ["invalid_json", "json_too_deep"].includes(error.code),
    );
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 1_000, `${Math.round(tookMs)} ms`);
  });
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const codeOf = (text: string): string => {
  try {
    parseJson(text, LIMITS);
    return "taken";
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error.code;
  }
};

test("the edges: 20 levels and 21, 256 KB and one byte more, in bytes and not in characters", () => {
  assert.equal(codeOf(nested(20)), "taken");
  assert.equal(codeOf(nested(21)), "json_too_deep");
  assert.equal(codeOf(`"${"a".repeat(BYTES - 2)}"`), "taken");
  assert.equal(codeOf(`"${"a".repeat(BYTES - 1)}"`), "body_too_large");
  assert.equal(codeOf(`"${"é".repeat(BYTES / 2 - 1)}"`), "taken");
  assert.equal(codeOf(`"${"é".repeat(BYTES / 2)}"`), "body_too_large");
});

test("brackets inside strings are no depth, those behind them are", () => {
  assert.equal(jsonDepth('{"a":"[[[[","b":"\\"[[","c":[1]}', 20), 2);
  assert.equal(jsonDepth('["\\\\",[["]"]]]', 20), 3);
});
