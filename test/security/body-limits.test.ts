import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../functions/core/errors/app-error.ts";
import { jsonDepth, parseJson } from "../../functions/core/errors/parse.ts";
import { LIMITS, SendRequest } from "../../functions/core/notification/request.ts";
import { categoryPolicy } from "../../functions/core/policy/category.ts";
import { UserInput } from "../../functions/core/recipient/device.ts";
import { cpuMsOf } from "../unit/cpu.ts";

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
    const tookMs = cpuMsOf(() =>
      assert.throws(
        () => parseJson(text, LIMITS),
        (error) => error instanceof AppError && ["invalid_json", "json_too_deep"].includes(error.code),
      ),
    );
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

test("a field called __proto__ is refused at any depth, however it is spelled; as a value it is a text", () => {
  const spellings = ["__proto__", "\\u005f_proto__", "__prot\\u006F__", "__\\u0070roto_\\u005F"];
  for (const name of spellings) {
    assert.equal(codeOf(`{"${name}":{}}`), "invalid_request", name);
    assert.equal(codeOf(`[{"a":{"${name}":null}}]`), "invalid_request", name);
    assert.equal(codeOf(`{"a":"${name}"}`), "taken", name);
  }
});

test("numbers that no table holds are a caller's fault, and category names are not looked up on Object", () => {
  const send = (content: object) => SendRequest.safeParse({ to: { users: ["a"] }, content }).success;
  for (const number of [2 ** 53, -(2 ** 53), 1e308, -1e117, 1e-200])
    for (const field of ["metadata", "apns", "android", "webpush"])
      assert.equal(send({ title: "t", [field]: { a: [{ b: number }] } }), false, `${field} ${number}`);
  for (const number of [0, -0, 1.5, -1e-90, Number.MAX_SAFE_INTEGER])
    assert.equal(send({ title: "t", metadata: { a: number } }), true, `${number}`);
  for (const value of [2 ** 53, "\ud800"])
    assert.equal(UserInput.safeParse({ attributes: { a: value } }).success, false, String(value));
  for (const metadata of [{ a: ["\udc00x"] }, { "\ud800": 1 }])
    assert.equal(send({ title: "t", metadata }), false, "half of a character");
  for (const name of ["constructor", "__proto__", "toString"]) assert.equal(categoryPolicy(name), undefined);
});
