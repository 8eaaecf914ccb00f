import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256Hex } from "../../../../functions/core/hash.ts";
import { isMeizuProof } from "../../../../functions/providers/meizu/receipt-proof.ts";

test("a post's access token: the console's, where the app names one", () => {
  assert.ok(isMeizuProof(sha256Hex("t0ken"), { receiptToken: "t0ken" }));
  assert.ok(isMeizuProof(undefined, {}));
  assert.ok(!isMeizuProof(undefined, { receiptToken: "t0ken" }));
  assert.ok(!isMeizuProof(sha256Hex("token"), { receiptToken: "t0ken" }));
});
