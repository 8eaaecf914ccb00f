import { constants, createPrivateKey, sign } from "node:crypto";
import type { HmsCredentials, HmsServiceAccount } from "../../core/credentials/vendors.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { clientCredentials } from "../vendor/client-credentials.ts";

const MINUTE_MS = 60_000;
const AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
const JWT_LIFE_S = 3_600;

/** `expires_in` is an hour; 1,000 tokens in five minutes are the endpoint's limit for an app. */
const TIMES: TokenTimes = {
  renewAfterMs: 45 * MINUTE_MS,
  spreadMs: 5 * MINUTE_MS,
  lifeMs: 58 * MINUTE_MS,
  leastAgeMs: 5_000,
};

type Options = {
  app: string;
  credentials: HmsCredentials;
  client: VendorClient;
  store: TokenStore;
  now(): number;
};

/** The OAuth client's access token (client credentials): for HarmonyOS up to 4. */
export function oauthAccess({ app, credentials, client, store, now }: Options): SharedToken | undefined {
  const { appId, clientSecret } = credentials;
  if (clientSecret === undefined) return undefined;
  return vendorAccess({
    app,
    provider: "hms",
    identity: `${appId}.${clientSecret}`,
    secret: clientSecret,
    times: TIMES,
    store,
    now,
    fetch: () => clientCredentials(client, "/oauth2/v3/token", { id: appId, secret: clientSecret }),
  });
}

/** A service account's JWT (PS256) stands for itself: for HarmonyOS 5 and later. */
export function serviceAccountAccess({ app, credentials, store, now }: Options): SharedToken | undefined {
  const { serviceAccount } = credentials;
  if (serviceAccount === undefined) return undefined;
  return vendorAccess({
    app,
    provider: "hms",
    identity: `${serviceAccount.sub_account}.${serviceAccount.key_id}`,
    secret: serviceAccount.private_key,
    times: TIMES,
    store,
    now,
    fetch: async () => signedJwt(serviceAccount, Math.floor(now() / 1000)),
  });
}

/** Header and claims of the JWT, ready to be signed. */
export function signingInput(
  { key_id, sub_account }: Pick<HmsServiceAccount, "key_id" | "sub_account">,
  iat: number,
): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const head = encode({ alg: "PS256", kid: key_id, typ: "JWT" });
  return `${head}.${encode({ iss: sub_account, aud: AUDIENCE, iat, exp: iat + JWT_LIFE_S })}`;
}

export function signedJwt(account: HmsServiceAccount, iat: number): string {
  const input = signingInput(account, iat);
  const key = createPrivateKey(account.private_key);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = sign("sha256", Buffer.from(input), { key, padding, saltLength: 32 });
  return `${input}.${signature.toString("base64url")}`;
}
