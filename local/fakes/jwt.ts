import { createPublicKey, type KeyObject, verify } from "node:crypto";

export type Jwt = {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signed: string;
  signature: Buffer;
};

/** A compact JWT taken apart; undefined when it is none. */
export function readJwt(token: string): Jwt | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const [header, claims] = parts
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>);
    return {
      header: header!,
      claims: claims!,
      signed: `${parts[0]}.${parts[1]}`,
      signature: Buffer.from(parts[2]!, "base64url"),
    };
  } catch {
    return undefined; // not base64url JSON: the caller answers as the provider does
  }
}

/** Whether an ES256 or RS256 signature is this key's. */
export function holds(jwt: Jwt, key: KeyObject): boolean {
  const dsaEncoding = "ieee-p1363" as const;
  return verify(
    "sha256",
    Buffer.from(jwt.signed),
    key.asymmetricKeyType === "ec" ? { key, dsaEncoding } : key,
    jwt.signature,
  );
}

/** An uncompressed P-256 point (65 bytes) as a key. */
export function p256Key(point: Buffer): KeyObject {
  const x = point.subarray(1, 33).toString("base64url");
  const y = point.subarray(33, 65).toString("base64url");
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
}
