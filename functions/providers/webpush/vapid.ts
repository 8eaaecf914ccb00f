import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { VapidPair } from "../../core/credentials/webpush.ts";

const HOUR_MS = 3_600_000;
/** RFC 8292 allows 24 h; push services with a wrong clock leave less. Apple wants one reused for an hour at least. */
const LIFE_MS = 12 * HOUR_MS;
const REUSE_MS = 6 * HOUR_MS;
const MAX_ORIGINS = 200;

const HEAD = encode({ typ: "JWT", alg: "ES256" });

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function signingKey({ publicKey, privateKey }: VapidPair): KeyObject {
  const point = Buffer.from(publicKey, "base64url");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
    d: privateKey,
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}

/** `authorization` per push service: one signature an origin, kept for hours. */
export function vapidHeader(pair: VapidPair, subject: string, now: () => number): (origin: string) => string {
  const key = signingKey(pair);
  const made = new Map<string, { atMs: number; header: string }>();
  return (origin) => {
    const nowMs = now();
    const known = made.get(origin);
    if (known && nowMs - known.atMs < REUSE_MS && nowMs >= known.atMs) return known.header;
    const exp = Math.floor((nowMs + LIFE_MS) / 1000);
    const signed = `${HEAD}.${encode({ aud: origin, exp, sub: subject })}`;
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    const header = `vapid t=${signed}.${signature.toString("base64url")}, k=${pair.publicKey}`;
    if (made.size >= MAX_ORIGINS) made.clear();
    made.set(origin, { atMs: nowMs, header });
    return header;
  };
}
