import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256Hex } from "../../../../functions/core/hash.ts";
import { isJpushProof } from "../../../../functions/providers/jpush/receipt-proof.ts";

test("a post's credentials: the documented header, by its hash alone", () => {
  const key = { appKey: "7d431e42dfa6a6d693ac2d04", masterSecret: "5e987ac6d2e04d95a9d8f0d1" };
  const header = "Basic N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0OjVlOTg3YWM2ZDJlMDRkOTVhOWQ4ZjBkMQ==";
  assert.ok(isJpushProof(sha256Hex(header), key));
  assert.ok(!isJpushProof(sha256Hex(header.toLowerCase()), key));
  assert.ok(!isJpushProof(header, key));
});
