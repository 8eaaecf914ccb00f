import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCredentials } from "../../../../functions/core/app/provider-input.ts";
import { AppError } from "../../../../functions/core/errors/app-error.ts";

const GOOD = { appKey: "k", masterSecret: "s" };

function refusal(extra: object): string {
  try {
    parseCredentials("oppo", { ...GOOD, ...extra });
  } catch (error) {
    assert.ok(error instanceof AppError);
    return JSON.stringify(error.extra.errors ?? error.message);
  }
  return "taken";
}

test("an operator's corrections are taken, within limits that are named with their field", () => {
  const corrections = {
    categories: { marketing: { channel_id: "c1" } },
    extra: { show_ttl: 60 },
    codes: { "10000": "invalid" },
  };
  assert.equal(refusal(corrections), "taken");
  const long = { text: "x".repeat(20_000) };
  assert.match(refusal({ extra: long }), /extra.*16,384 bytes/);
  assert.match(refusal({ categories: { marketing: long } }), /categories.*16,384 bytes/);
  const codes = Object.fromEntries(Array.from({ length: 501 }, (_, code) => [String(code), "retry"]));
  assert.match(refusal({ codes }), /codes.*500/);
  assert.match(refusal({ codes: { "1": "lovely" } }), /codes/);
  assert.match(refusal({ codes: { "not a code": "ok" } }), /codes/);
});
