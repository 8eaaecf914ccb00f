import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Whose credentials they are: KMS and AES-GCM both bind to it, so that a text moved elsewhere does not open. */
export type SealContext = { app: string; channel: string; provider: string };
export type Envelope = { iv: Uint8Array; tag: Uint8Array; ciphertext: Uint8Array };

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

const boundTo = ({ app, channel, provider }: SealContext): Buffer =>
  Buffer.from(JSON.stringify([app, channel, provider]));

/** @param dataKey 32 bytes, of this text alone */
export function seal(dataKey: Uint8Array, context: SealContext, text: string): Envelope {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, dataKey, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(context));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return { iv, tag: cipher.getAuthTag(), ciphertext };
}

/** @returns undefined for anything but what `seal` made of this key and context */
export function open(dataKey: Uint8Array, context: SealContext, envelope: Envelope): string | undefined {
  const { iv, tag, ciphertext } = envelope;
  try {
    // Without the length a tag of four bytes would do, which can be guessed.
    const decipher = createDecipheriv(CIPHER, dataKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
  } catch {
    return undefined; // a wrong length or a wrong tag: nothing else fails here
  }
}
