import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from "node:crypto";

type Secret = string | ArrayBuffer | ArrayBufferView;

/** Few strings are secrets: those of an environment's credentials. */
const MOST_TEXTS = 16;
const ofTexts = new Map<string, KeyObject>();
/** The signer keeps a day's signing keys, and with them what is made of them here; it never writes into one. */
const ofBytes = new WeakMap<object, KeyObject>();

function bytesOf(secret: Exclude<Secret, string>): Buffer {
  return ArrayBuffer.isView(secret)
    ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    : Buffer.from(secret);
}

function keyOfText(secret: string): KeyObject {
  const known = ofTexts.get(secret);
  if (known) return known;
  if (ofTexts.size >= MOST_TEXTS) ofTexts.clear();
  const key = createSecretKey(secret, "utf8");
  ofTexts.set(secret, key);
  return key;
}

function keyOf(secret: Secret): KeyObject {
  if (typeof secret === "string") return keyOfText(secret);
  const known = ofBytes.get(secret);
  if (known) return known;
  const key = createSecretKey(bytesOf(secret));
  ofBytes.set(secret, key);
  return key;
}

/**
 * SHA-256 for the SDK's request signatures. The SDK's own class hands Node the secret's bytes each time, which takes
 * five times as long as the HMAC (11.8 us for 2.2, Node 24): keys are made once here.
 */
export class SigningHash {
  readonly #secret: Secret | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Secret) {
    this.#secret = secret;
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret ? createHmac("sha256", keyOf(this.#secret)) : createHash("sha256");
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  /** The digest; without a secret it can be taken more than once. */
  async digest(): Promise<Uint8Array> {
    return "copy" in this.#hash ? this.#hash.copy().digest() : this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}
