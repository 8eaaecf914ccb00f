import type { HonorCredentials } from "../../core/credentials/vendors.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { clientCredentials } from "../vendor/client-credentials.ts";

const MINUTE_MS = 60_000;

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
    fetch: () => clientCredentials(client, "/auth/token", { id: clientId, secret: clientSecret }),
  });
}
