import { createPrivateKey, hash, type KeyObject, sign } from "node:crypto";
import type { FcmCredentials } from "../../core/credentials/fcm.ts";
import { h2Pool, type Pool } from "../transport/pool.ts";
import type { OpenSocket } from "../transport/reply.ts";
import { type Answer, jsonObject, reasonCode, withoutAnswer } from "../transport/reply.ts";
import { sealer } from "../transport/seal.ts";
import {
  type SharedToken,
  sharedToken,
  TokenError,
  type TokenStore,
  type TokenTimes,
} from "../transport/shared-token.ts";

const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const MINUTE_MS = 60_000;
const ASSERTION_LIFE_S = 3_600;
const FETCH_TIMEOUT_MS = 5_000;

/** Google's access tokens live for an hour. */
const TIMES: TokenTimes = {
  renewAfterMs: 45 * MINUTE_MS,
  spreadMs: 5 * MINUTE_MS,
  lifeMs: 58 * MINUTE_MS,
  leastAgeMs: 5_000,
};

export type AccessTokenOptions = {
  app: string;
  credentials: FcmCredentials;
  open: OpenSocket;
  store: TokenStore;
  now(): number;
};

/** The OAuth 2 access token of a service account (RFC 7523), shared by all environments. */
export function accessToken(options: AccessTokenOptions): SharedToken & { close(): void } {
  const { app, credentials, open, store, now } = options;
  const identity = `${credentials.client_email}.${credentials.private_key_id ?? credentials.private_key}`;
  const key = `${app}#fcm#${hash("sha256", identity, "hex").slice(0, 32)}`;
  const signingKey = createPrivateKey(credentials.private_key);
  const uri = new URL(credentials.token_uri);
  const pool = h2Pool({ host: uri.host, open, maxSessions: 1, expectedStreams: 100 });
  const shared = sharedToken({
    key,
    store,
    now,
    times: TIMES,
    sealer: sealer(credentials.private_key, key),
    make: () => fetchToken(pool, uri, assertion(credentials, signingKey, now())),
  });
  return { ...shared, close: pool.close };
}

function assertion(
  { client_email, private_key_id, token_uri }: FcmCredentials,
  key: KeyObject,
  nowMs: number,
) {
  const iat = Math.floor(nowMs / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const head = encode({ alg: "RS256", typ: "JWT", ...(private_key_id && { kid: private_key_id }) });
  const claims = encode({
    iss: client_email,
    scope: SCOPE,
    aud: token_uri,
    iat,
    exp: iat + ASSERTION_LIFE_S,
  });
  const signature = sign("sha256", Buffer.from(`${head}.${claims}`), key).toString("base64url");
  return `${head}.${claims}.${signature}`;
}

/** @throws TokenError: the key is refused, or Google does not answer */
async function fetchToken(pool: Pool, uri: URL, jwt: string): Promise<string> {
  const body = Buffer.from(new URLSearchParams({ grant_type: GRANT, assertion: jwt }).toString());
  const headers = [
    ...[":method", "POST", ":scheme", "https", ":authority", uri.host, ":path", uri.pathname],
    ...["content-type", "application/x-www-form-urlencoded"],
  ];
  // The only request whose accepted body matters: it is read to its end.
  const reply = await pool.send({ headers, body, wholeBody: true }, Date.now() + FETCH_TIMEOUT_MS);
  // Asking twice for a token harms nobody: a lost answer is not in doubt here.
  if (reply.kind !== "answer") throw new TokenError({ ...withoutAnswer(reply), kind: "retry" });
  const token = jsonObject(reply.body)["access_token"];
  if (reply.status === 200 && typeof token === "string") return `Bearer ${token}`;
  throw new TokenError(refusal(reply));
}

function refusal({ status, body }: Answer) {
  const reason = reasonCode(jsonObject(body)["error"]) ?? "token_endpoint";
  const wrongKey = status === 400 || status === 401 || status === 403;
  return { kind: wrongKey ? "misconfigured" : "retry", status, reason } as const;
}
