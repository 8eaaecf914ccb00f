import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { isHmsProof } from "../../../../functions/providers/hms/receipt-proof.ts";

const AT = 1_700_000_000_000;
const MINUTE_MS = 60_000;

test("a post's header: vectors of others, and one made here", () => {
  const old = {
    kind: "hms",
    timestamp: "1563105451261",
    nonce: "a07bfa17-6d82-4b53-a9a2-07cfef5ceef1",
  } as const;
  const value = "kW2L4dZxt7UAm0UEPZRLn+GjQ3pRNwYGXEusuARXzho=";
  assert.ok(isHmsProof({ ...old, value }, { user: "user", secret: "key" }, 1_563_105_451_261));
  const callback = { user: "cbuser", secret: "cbsecret" };
  const nonce = "00000000-0000-4000-8000-000000000000";
  const proof = { kind: "hms", timestamp: String(AT), nonce } as const;
  assert.ok(isHmsProof({ ...proof, value: "xziKzYMjWFKDYXsYcuXE6dOt56g5u9b9O+aDZ0Uyc2Q=" }, callback, AT));
  const made = createHmac("sha256", "cbsecret").update(`${AT}${nonce}cbuser`).digest("base64");
  assert.ok(isHmsProof({ ...proof, value: made }, callback, AT));
});

test("another secret, user, nonce or time is refused, and so is a header that is older than five minutes", () => {
  const callback = { user: "cbuser", secret: "cbsecret" };
  const signed = (timestamp: string, nonce: string) => ({
    kind: "hms" as const,
    timestamp,
    nonce,
    value: createHmac("sha256", callback.secret)
      .update(`${timestamp}${nonce}${callback.user}`)
      .digest("base64"),
  });
  const proof = signed(String(AT), "n1");
  assert.ok(!isHmsProof(proof, { ...callback, secret: "cbsecreT" }, AT));
  assert.ok(!isHmsProof(proof, { ...callback, user: "cbuseR" }, AT));
  assert.ok(!isHmsProof({ ...proof, nonce: "n2" }, callback, AT));
  assert.ok(!isHmsProof({ ...proof, timestamp: String(AT + 1) }, callback, AT));
  assert.ok(!isHmsProof({ ...proof, value: proof.value.slice(0, -1) }, callback, AT));
  for (const lateMs of [-5 * MINUTE_MS, 5 * MINUTE_MS]) assert.ok(isHmsProof(proof, callback, AT + lateMs));
  for (const lateMs of [-5 * MINUTE_MS - 1, 5 * MINUTE_MS + 1])
    assert.ok(!isHmsProof(proof, callback, AT + lateMs));
  // What a number may be read as is no timestamp: "1e12" would stand for a time of its own.
  for (const timestamp of ["1.7e12", "0x18bcfe56800", " 1700000000000"])
    assert.ok(!isHmsProof(signed(timestamp, "n1"), callback, AT), timestamp);
});
