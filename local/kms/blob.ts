/** Ciphertexts of the local KMS: which key made them, and AES-GCM bound to that key and the encryption context. */

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

export type EncryptionContext = Record<string, string>;

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** The order of a context's members does not matter; their letters do. */
function boundTo(keyId: string, context: EncryptionContext): Buffer {
  const members = Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, members]));
}

export function wrap(
  keyId: string,
  material: Uint8Array,
  context: EncryptionContext,
  plaintext: Uint8Array,
): Buffer {
  const id = Buffer.from(keyId);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, material, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(keyId, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION, id.length]), id, iv, cipher.getAuthTag(), body]);
}

/** @returns undefined for what is no ciphertext of this KMS */
export function keyIdOf(blob: Buffer): string | undefined {
  const [version, length = 0] = blob;
  if (version !== VERSION || blob.length < 2 + length + IV_BYTES + TAG_BYTES) return undefined;
  return blob.subarray(2, 2 + length).toString();
}

/** @returns undefined when the blob was altered, or made for another context or by another key */
export function unwrap(blob: Buffer, material: Uint8Array, context: EncryptionContext): Buffer | undefined {
  const keyId = keyIdOf(blob);
  if (keyId === undefined) return undefined;
  const ivAt = 2 + Buffer.byteLength(keyId);
  const [tagAt, bodyAt] = [ivAt + IV_BYTES, ivAt + IV_BYTES + TAG_BYTES];
  const decipher = createDecipheriv(CIPHER, material, blob.subarray(ivAt, tagAt), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(keyId, context)).setAuthTag(blob.subarray(tagAt, bodyAt));
  try {
    return Buffer.concat([decipher.update(blob.subarray(bodyAt)), decipher.final()]);
  } catch {
    return undefined; // the tag does not fit: nothing else fails here
  }
}
