import { hash } from "node:crypto";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import { sealer } from "../transport/seal.ts";
import {
  type SharedToken,
  sharedToken,
  TokenError,
  type TokenStore,
  type TokenTimes,
} from "../transport/shared-token.ts";

export type AccessOptions = {
  app: string;
  provider: string;
  /** What the token is handed out for: another account has another place in the store. */
  identity: string;
  /** Seals the token where it is shared. */
  secret: string;
  times: TokenTimes;
  store: TokenStore;
  now(): number;
  /** @throws TokenError */
  fetch(): Promise<string>;
};

/**
 * A vendor's access token, shared by all environments: their token endpoints allow few requests (OPPO, vivo and Getui
 * count them by the minute or the day).
 */
export function vendorAccess({
  app,
  provider,
  identity,
  secret,
  fetch,
  ...rest
}: AccessOptions): SharedToken {
  const key = `${app}#${provider}#${hash("sha256", identity, "hex").slice(0, 32)}`;
  return sharedToken({ ...rest, key, sealer: sealer(secret, key), make: fetch });
}

/** The token endpoint's refusal, as what it means for the targets. */
export const noToken = (outcome: Outcome): TokenError => new TokenError(outcome);
