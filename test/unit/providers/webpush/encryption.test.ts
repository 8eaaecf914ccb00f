import assert from "node:assert/strict";
import { createDecipheriv, createECDH, ECDH } from "node:crypto";
import { test } from "node:test";
import {
  contentKeys,
  encrypt,
  PLAINTEXT_LIMIT_BYTES,
} from "../../../../functions/providers/webpush/encryption.ts";

const bytes = (text: string) => Buffer.from(text, "base64url");

/** RFC 8291, appendix A. */
const VECTOR = {
  plaintext: Buffer.from("When I grow up, I want to be a watermelon"),
  senderPrivate: bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
  senderPublic: bytes(
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  ),
  receiverPublic: bytes(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  ),
  auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
  salt: bytes("DGv6ra1nlYgDCS1FRnbzlw"),
  key: bytes("oIhVW04MRdy2XN9CiKLxTg"),
  nonce: bytes("4h_95klXJ5E_qnoN"),
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};
const subscriber = { p256dh: VECTOR.receiverPublic, auth: VECTOR.auth };

test("the RFC's example, key, nonce and body", () => {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(VECTOR.senderPrivate);
  const secret = ecdh.computeSecret(VECTOR.receiverPublic);
  const { salt, senderPublic: publicKey } = VECTOR;
  assert.deepEqual(contentKeys({ secret, salt, publicKey, subscriber }), {
    key: VECTOR.key,
    nonce: VECTOR.nonce,
  });
  const body = encrypt(VECTOR.plaintext, subscriber, { salt, privateKey: VECTOR.senderPrivate });
  assert.equal(body.toString("base64url"), VECTOR.body);
});

test("the longest plaintext fills the 4,096 bytes that every service takes", () => {
  assert.equal(encrypt(Buffer.alloc(PLAINTEXT_LIMIT_BYTES), subscriber).length, 4_096);
});

test("every message has a key pair and a salt of its own", () => {
  const heads = Array.from({ length: 20 }, () =>
    encrypt(Buffer.from("x"), subscriber).subarray(0, 86).toString("hex"),
  );
  assert.equal(new Set(heads).size, 20);
});

test("a compressed point is an error: the browser would derive other keys from the same pair", () => {
  const compressed = ECDH.convertKey(subscriber.p256dh, "prime256v1", undefined, undefined, "compressed");
  const p256dh = compressed as Buffer;
  assert.equal(p256dh.length, 33);
  assert.throws(() => encrypt(Buffer.from("x"), { ...subscriber, p256dh }), RangeError);
});

test("messages that follow each other decrypt, each under its own keys", () => {
  for (const text of ["first", "a longer second", ""]) {
    const browser = createECDH("prime256v1");
    const p256dh = browser.generateKeys();
    const body = encrypt(Buffer.from(text), { p256dh, auth: VECTOR.auth });
    const [salt, publicKey] = [body.subarray(0, 16), body.subarray(21, 86)];
    const secret = browser.computeSecret(publicKey);
    const pair = { p256dh, auth: VECTOR.auth };
    const { key, nonce } = contentKeys({ secret, salt, publicKey, subscriber: pair });
    const decipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(body.subarray(-16));
    const plain = Buffer.concat([decipher.update(body.subarray(86, -16)), decipher.final()]);
    assert.equal(plain.toString(), `${text}\x02`);
  }
});

test("a key that is no point of the curve is an error", () => {
  assert.throws(() => encrypt(Buffer.from("x"), { ...subscriber, p256dh: Buffer.alloc(65, 4) }));
});
