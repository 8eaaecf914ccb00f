import type { OpenSocket } from "../transport/reply.ts";
import type { TokenStore } from "../transport/shared-token.ts";

/** What every vendor's provider is made of. */
export type VendorOptions<Credentials> = {
  app: string;
  credentials: Credentials;
  open: OpenSocket;
  /** Where access tokens are shared. */
  tokens: TokenStore;
  now(): number;
};
