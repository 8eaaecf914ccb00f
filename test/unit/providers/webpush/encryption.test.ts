import assert from "node:assert/strict";
import { createECDH } from "node:crypto";
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

test("a key that is no point of the curve is an error", () => {
  assert.throws(() => encrypt(Buffer.from("x"), { ...subscriber, p256dh: Buffer.alloc(65, 4) }));
});
