import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { VapidPair } from "../../core/credentials/webpush.ts";

const HOUR_MS = 3_600_000;
/** RFC 8292 allows 24 h; push services with a wrong clock leave less. Apple wants one reused for an hour at least. */
const LIFE_MS = 12 * HOUR_MS;
const REUSE_MS = 6 * HOUR_MS;
const LEAST_AGE_MS = HOUR_MS;
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

/** What identifies us to push services with one key pair: one signature an origin, kept for hours. */
export type Vapid = {
  /** `authorization` of a request to this push service. */
  header(origin: string): string;
  /**
   * Another one for what the service has refused; undefined where that was young: whoever refuses it refuses all. Services
   * say in many words that a token has expired, by their own clock, and with the same status that the key is another.
   */
  instead(origin: string, refused: string): string | undefined;
};

export function vapid(pair: VapidPair, subject: string, now: () => number): Vapid {
  const key = signingKey(pair);
  const made = new Map<string, { atMs: number; header: string }>();

  function make(origin: string): string {
    const atMs = now();
    const exp = Math.floor((atMs + LIFE_MS) / 1000);
    const signed = `${HEAD}.${encode({ aud: origin, exp, sub: subject })}`;
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    const header = `vapid t=${signed}.${signature.toString("base64url")}, k=${pair.publicKey}`;
    if (made.size >= MAX_ORIGINS) made.clear();
    made.set(origin, { atMs, header });
    return header;
  }

  /** The kept one, while it is not older than this. */
  function kept(origin: string, mostMs: number): string | undefined {
    const known = made.get(origin);
    const ageMs = known ? now() - known.atMs : Number.POSITIVE_INFINITY;
    return ageMs >= 0 && ageMs < mostMs ? known?.header : undefined;
  }

  return {
    header: (origin) => kept(origin, REUSE_MS) ?? make(origin),
    instead(origin, refused) {
      const young = kept(origin, LEAST_AGE_MS);
      if (young === refused) return undefined;
      return young ?? make(origin);
    },
  };
}
