import assert from "node:assert/strict";
import { test } from "node:test";
import { isGetuiProof } from "../../../../functions/providers/getui/receipt-proof.ts";

test("a line's signature: vectors; the app's own id is signed, whatever the line says", () => {
  const line = (token: string, taskId: string, msgId: string, value: string) =>
    ({ token, says: "delivered", code: "0", sign: { value, taskId, msgId } }) as const;
  const first = line("cid1", "RASS_1_a", "msg1", "c02df3c3f52c0678366b3b0ee803881f");
  assert.ok(isGetuiProof(first, { appId: "app1", masterSecret: "master-1" }));
  const second = "2ecdde3959051d913f61b14579ea136d";
  for (const value of [second, second.toUpperCase()])
    assert.ok(isGetuiProof(line("B", "C", "D", value), { appId: "A", masterSecret: "E" }));
  assert.ok(!isGetuiProof(first, { appId: "app2", masterSecret: "master-1" }));
  assert.ok(!isGetuiProof(first, { appId: "app1", masterSecret: "master-2" }));
  assert.ok(!isGetuiProof({ ...first, token: "cid2" }, { appId: "app1", masterSecret: "master-1" }));
  const { sign: _none, ...unsigned } = first;
  assert.ok(!isGetuiProof(unsigned, { appId: "app1", masterSecret: "master-1" }));
});
