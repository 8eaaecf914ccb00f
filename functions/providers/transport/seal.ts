import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a provider's access token under a key derived from the provider's own private key: who cannot sign tokens
 * cannot read the shared one. `label` binds a sealed text to its place.
 */
export function sealer(privateKey: string, label: string) {
  const key = Buffer.from(hkdfSync("sha256", privateKey, "", "clarion shared token v1", 32));
  const aad = Buffer.from(label);
  return {
    seal(text: string): string {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
      const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url");
    },
    /** The text, or undefined when it was sealed under another key, for another place, or changed since. */
    open(sealed: string): string | undefined {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const tagAt = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES)).setAAD(aad);
      decipher.setAuthTag(bytes.subarray(tagAt));
      try {
        return (
          decipher.update(bytes.subarray(NONCE_BYTES, tagAt), undefined, "utf8") + decipher.final("utf8")
        );
      } catch {
        return undefined; // the tag does not fit: treated as if nothing were stored
      }
    },
  };
}
export type Sealer = ReturnType<typeof sealer>;
