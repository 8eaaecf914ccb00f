import type { HonorCredentials } from "../../core/credentials/vendors.ts";
import { withoutAnswer } from "../transport/reply.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { noToken, vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { byStatus, codeText } from "../vendor/verdict.ts";

const MINUTE_MS = 60_000;
const FETCH_TIMEOUT_MS = 5_000;

/** Honor names the life in its answer (`expires_in`) and no page does: an hour, as its twin of Huawei's. */
const TIMES: TokenTimes = {
  renewAfterMs: 45 * MINUTE_MS,
  spreadMs: 5 * MINUTE_MS,
  lifeMs: 58 * MINUTE_MS,
  leastAgeMs: 5_000,
};

type Options = {
  app: string;
  credentials: Pick<HonorCredentials, "clientId" | "clientSecret">;
  client: VendorClient;
  store: TokenStore;
  now(): number;
};

export function honorAccess({ app, credentials, client, store, now }: Options): SharedToken {
  const { clientId, clientSecret } = credentials;
  return vendorAccess({
    app,
    provider: "honor",
    identity: `${clientId}.${clientSecret}`,
    secret: clientSecret,
    times: TIMES,
    store,
    now,
    fetch: () => fetchToken(client, clientId, clientSecret),
  });
}

async function fetchToken(client: VendorClient, id: string, secret: string): Promise<string> {
  const form = { grant_type: "client_credentials", client_id: id, client_secret: secret };
  const reply = await client.post({ path: "/auth/token", body: { form } }, Date.now() + FETCH_TIMEOUT_MS);
  if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
  const { status, json } = reply;
  const { access_token: token } = json;
  if (status === 200 && typeof token === "string") return token;
  const reason = codeText(json["sub_error"]) ?? codeText(json["error"]) ?? "token_endpoint";
  const wrong = byStatus(status) === "auth" || byStatus(status) === "payload";
  throw noToken({ kind: wrong ? "misconfigured" : "retry", status, reason });
}
