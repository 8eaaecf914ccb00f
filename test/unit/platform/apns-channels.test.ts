import assert from "node:assert/strict";
import { test } from "node:test";
import { askedUntilMs } from "../../../functions/platform/apns-channels.ts";

test("Apple is waited for no longer than the HTTP function has time to tell of it", () => {
  assert.equal(askedUntilMs(1_000, 10_000), 11_000);
  assert.equal(askedUntilMs(1_000, 20_000), 21_000);
  assert.equal(askedUntilMs(1_000, 60_000), 21_000);
});
