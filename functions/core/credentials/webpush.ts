import { createECDH } from "node:crypto";
import * as z from "zod/mini";

const key = (bytes: number, what: string) =>
  z.string().check(
    z.regex(/^[\w-]+$/, "must be base64url without padding"),
    z.refine((text) => Buffer.from(text, "base64url").length === bytes, `must be ${what} of ${bytes} bytes`),
  );

const pair = {
  publicKey: key(65, "an uncompressed P-256 point"),
  privateKey: key(32, "a P-256 private key"),
};

const VapidPair = z.strictObject(pair).check(z.refine(belongTogether, "publicKey is not privateKey's"));
export type VapidPair = z.infer<typeof VapidPair>;

/** A VAPID key pair (RFC 8292); subscriptions are bound to the pair that they were made with. */
export const WebPushCredentials = z
  .strictObject({
    ...pair,
    /** Whom a push service may write to when we misbehave. */
    subject: z
      .string()
      .check(
        z.maxLength(320),
        z.regex(
          /^(?:mailto:[^\s@\p{Cs}]+@[^\s@\p{Cs}]+|https:\/\/[^\s\p{Cs}]+)$/u,
          "must be mailto:… or https://…",
        ),
      ),
    /** The pair before the last rotation: its subscriptions keep working. */
    previous: z.optional(VapidPair),
  })
  .check(z.refine(belongTogether, "publicKey is not privateKey's"));
export type WebPushCredentials = z.infer<typeof WebPushCredentials>;

function belongTogether({ publicKey, privateKey }: { publicKey: string; privateKey: string }): boolean {
  const ecdh = createECDH("prime256v1");
  try {
    ecdh.setPrivateKey(privateKey, "base64url");
  } catch {
    return false; // not a private key at all: the fields' own checks say how
  }
  return ecdh.getPublicKey("base64url") === publicKey;
}
