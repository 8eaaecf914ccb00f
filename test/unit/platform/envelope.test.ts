import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Envelope, open, type SealContext, seal } from "../../../functions/platform/envelope.ts";

const key = randomBytes(32);
const shop: SealContext = { app: "shop", channel: "mobilePush", provider: "apns" };
const TEXT = JSON.stringify({ keyId: "KEY1234567", name: "ключ 钥匙" });
const PARTS = ["iv", "tag", "ciphertext"] as const;

/** The envelope with one bit of a part turned. */
function turned(envelope: Envelope, part: (typeof PARTS)[number], byte: number): Envelope {
  const bytes = Buffer.from(envelope[part]);
  bytes[byte]! ^= 1;
  return { ...envelope, [part]: bytes };
}

test("what is sealed opens under its key and context, whatever its length", () => {
  for (const text of [TEXT, "", "x".repeat(10_000)])
    assert.equal(open(key, shop, seal(key, shop, text)), text);
});

test("no part of it is readable, and no two seals are alike", () => {
  const [one, two] = [seal(key, shop, TEXT), seal(key, shop, TEXT)];
  assert.notDeepEqual(one.iv, two.iv);
  assert.notDeepEqual(one.ciphertext, two.ciphertext);
  for (const part of PARTS)
    assert.ok(!Buffer.from(one[part]).toString("latin1").includes("KEY1234567"), part);
});

test("a bit turned anywhere, a part cut off or exchanged: it does not open", () => {
  const envelope = seal(key, shop, TEXT);
  for (const part of PARTS) {
    for (let byte = 0; byte < envelope[part].length; byte++)
      assert.equal(open(key, shop, turned(envelope, part, byte)), undefined, `${part} ${byte}`);
    for (const bytes of [Buffer.alloc(0), Buffer.from(envelope[part]).subarray(0, -1), Buffer.alloc(40)])
      assert.equal(open(key, shop, { ...envelope, [part]: bytes }), undefined, `${part} of ${bytes.length}`);
  }
  const other = seal(key, shop, TEXT);
  assert.equal(open(key, shop, { ...envelope, tag: other.tag }), undefined);
});

test("a tag of four bytes is no tag, though its bytes fit", () => {
  const envelope = seal(key, shop, TEXT);
  assert.equal(open(key, shop, { ...envelope, tag: Buffer.from(envelope.tag).subarray(0, 4) }), undefined);
});

test("of another app, channel, provider or key it does not open; members cannot lend each other letters", () => {
  const envelope = seal(key, shop, TEXT);
  for (const change of [{ app: "shop2" }, { channel: "email" }, { provider: "fcm" }])
    assert.equal(open(key, { ...shop, ...change }, envelope), undefined, JSON.stringify(change));
  assert.equal(open(randomBytes(32), shop, envelope), undefined);
  const slid = seal(key, { app: "a", channel: "bc", provider: "d" }, TEXT);
  assert.equal(open(key, { app: "ab", channel: "c", provider: "d" }, slid), undefined);
});
