import { createPrivateKey, hash, sign } from "node:crypto";
import type { ApnsCredentials } from "../../core/credentials/apns.ts";
import { sealer } from "../transport/seal.ts";
import {
  type SharedToken,
  sharedToken,
  type TokenStore,
  type TokenTimes,
} from "../transport/shared-token.ts";

const MINUTE_MS = 60_000;
/** Apple takes a token for an hour, and no new one within 20 minutes of the last. */
const TIMES: TokenTimes = {
  renewAfterMs: 45 * MINUTE_MS,
  spreadMs: 5 * MINUTE_MS,
  lifeMs: 58 * MINUTE_MS,
  leastAgeMs: 20 * MINUTE_MS,
};

export type BearerOptions = {
  app: string;
  credentials: Pick<ApnsCredentials, "teamId" | "keyId" | "privateKey">;
  store: TokenStore;
  now(): number;
};

/**
 * The provider token, shared by all environments: ES256 signatures differ every time, and Apple counts different
 * tokens on its connections.
 */
export function apnsBearer({ app, credentials, store, now }: BearerOptions): SharedToken {
  const { teamId, keyId, privateKey } = credentials;
  const key = `${app}#apns#${hash("sha256", `${teamId}.${keyId}`, "hex").slice(0, 32)}`;
  const signingKey = createPrivateKey(privateKey);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const head = encode({ alg: "ES256", kid: keyId });
  return sharedToken({
    key,
    store,
    now,
    times: TIMES,
    sealer: sealer(privateKey, key),
    async make() {
      const signed = `${head}.${encode({ iss: teamId, iat: Math.floor(now() / 1000) })}`;
      const signature = sign("sha256", Buffer.from(signed), { key: signingKey, dsaEncoding: "ieee-p1363" });
      return `bearer ${signed}.${signature.toString("base64url")}`;
    },
  });
}
