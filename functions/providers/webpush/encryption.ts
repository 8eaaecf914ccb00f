import { createCipheriv, createECDH, createSecretKey, hash, randomFillSync } from "node:crypto";

/** RFC 8188 record size: push services must take bodies of 4,096 bytes, so one record holds everything. */
const RECORD_BYTES = 4_096;
const HEADER_BYTES = 86;
const TAG_BYTES = 16;
/** 4,096 less the header, the tag and the padding delimiter. */
export const PLAINTEXT_LIMIT_BYTES = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1;

const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const POINT_BYTES = 65;
const DIGEST_BYTES = 32;
/** SHA-256's. */
const BLOCK_BYTES = 64;
/** Closes the plaintext of the last record. */
const LAST_RECORD = 2;

const KEY_INFO = Buffer.from("WebPush: info\0");
const CEK_INFO = Buffer.from("Content-Encoding: aes128gcm\0\x01");
const NONCE_INFO = Buffer.from("Content-Encoding: nonce\0\x01");

export type Subscriber = { p256dh: Buffer; auth: Buffer };
/** Fresh for every message; given only by the test vectors of the RFC. */
export type Fresh = { salt: Buffer; privateKey?: Buffer };

/** Holds one message's key pair at a time: a new object for each would cost a third of a key pair more. */
const pair = createECDH("prime256v1");

/**
 * RFC 8291: one message for one subscription, under a key pair of its own.
 * @throws when the subscription's key is not a point of the curve
 */
export function encrypt(
  plaintext: Buffer,
  subscriber: Subscriber,
  fresh: Fresh = { salt: freshSalt() },
): Buffer {
  const publicKey = fresh.privateKey ? publicKeyOf(fresh.privateKey) : pair.generateKeys();
  const secret = pair.computeSecret(subscriber.p256dh);
  const { key, nonce } = contentKeys({ secret, salt: fresh.salt, publicKey, subscriber });
  // Given a buffer, node first finds out by an exception that it is no KeyObject, which costs more than the cipher.
  const cipher = createCipheriv("aes-128-gcm", createSecretKey(key), nonce);
  return Buffer.concat([
    header(fresh.salt, publicKey),
    cipher.update(onlyRecord(plaintext)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

function publicKeyOf(privateKey: Buffer): Buffer {
  pair.setPrivateKey(privateKey);
  return pair.getPublicKey();
}

const SALTS = Buffer.alloc(256 * SALT_BYTES);
let usedSaltBytes = SALTS.length;

/** Random bytes are drawn for many salts at once: the call costs more than the bytes. */
function freshSalt(): Buffer {
  if (usedSaltBytes === SALTS.length) {
    randomFillSync(SALTS);
    usedSaltBytes = 0;
  }
  const at = usedSaltBytes;
  usedSaltBytes += SALT_BYTES;
  return SALTS.subarray(at, usedSaltBytes);
}

function onlyRecord(plaintext: Buffer): Buffer {
  const record = Buffer.allocUnsafe(plaintext.length + 1);
  plaintext.copy(record);
  record[plaintext.length] = LAST_RECORD;
  return record;
}

function header(salt: Buffer, publicKey: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  salt.copy(bytes);
  bytes.writeUInt32BE(RECORD_BYTES, SALT_BYTES);
  bytes.writeUInt8(publicKey.length, SALT_BYTES + 4);
  publicKey.copy(bytes, SALT_BYTES + 5);
  return bytes;
}

export type KeyParts = { secret: Buffer; salt: Buffer; publicKey: Buffer; subscriber: Subscriber };

/** `WebPush: info`, the subscriber's point, the sender's, and HKDF's counter. */
const PAIR_INFO = Buffer.concat([KEY_INFO, Buffer.alloc(2 * POINT_BYTES), Buffer.of(1)]);

const extractSecret = hmac(16, DIGEST_BYTES);
const expandPair = hmac(DIGEST_BYTES, PAIR_INFO.length);
const extractInput = hmac(SALT_BYTES, DIGEST_BYTES);
const expandKey = hmac(DIGEST_BYTES, CEK_INFO.length);
const expandNonce = hmac(DIGEST_BYTES, NONCE_INFO.length);

/** Content encryption key and nonce of a message; `publicKey` is the sender's. */
export function contentKeys({ secret, salt, publicKey, subscriber: { p256dh, auth } }: KeyParts) {
  if (p256dh.length !== POINT_BYTES || publicKey.length !== POINT_BYTES)
    throw new RangeError(`a public key is an uncompressed point of ${POINT_BYTES} bytes`);
  p256dh.copy(PAIR_INFO, KEY_INFO.length);
  publicKey.copy(PAIR_INFO, KEY_INFO.length + POINT_BYTES);
  const input = expandPair(extractSecret(auth, secret), PAIR_INFO);
  const pseudoRandom = extractInput(salt, input);
  return {
    key: expandKey(pseudoRandom, CEK_INFO).subarray(0, KEY_BYTES),
    nonce: expandNonce(pseudoRandom, NONCE_INFO).subarray(0, NONCE_BYTES),
  };
}

/**
 * HMAC-SHA256 for keys and texts of one length each, by two one-shot hashes over buffers that are made once: a tenth
 * of the time of an Hmac object.
 */
function hmac(keyBytes: number, textBytes: number): (key: Buffer, text: Buffer) => Buffer {
  const inner = Buffer.alloc(BLOCK_BYTES + textBytes, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  return (key, text) => {
    if (key.length !== keyBytes || text.length !== textBytes)
      throw new RangeError("key or text of another length");
    for (let i = 0; i < keyBytes; i++) {
      inner[i] = key[i]! ^ 0x36;
      outer[i] = key[i]! ^ 0x5c;
    }
    text.copy(inner, BLOCK_BYTES);
    outer.write(hash("sha256", inner, "binary"), BLOCK_BYTES, "binary");
    return hash("sha256", outer, "buffer");
  };
}
