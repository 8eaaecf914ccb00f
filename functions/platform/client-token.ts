import { findApp } from "./apps.ts";
import { cached } from "./cached.ts";
import { now } from "./clients.ts";
import { readCredentials } from "./kept-credentials.ts";
import { keySet } from "./key-sets.ts";
import { tokenVerifier } from "./token-verifier.ts";

const SECRET_TTL_MS = 60_000;
/** While the store does not answer. */
const STALE_MS = 3_600_000;

/** The secrets that apps sign their users' tokens with. */
const secrets = cached<Uint8Array | undefined>(
  SECRET_TTL_MS,
  async (app) => {
    const found = await readCredentials(app, "jwt");
    if (found === undefined || found === "unreadable") return undefined;
    return new TextEncoder().encode((JSON.parse(found.text) as { secret: string }).secret);
  },
  { now, staleMs: STALE_MS },
);

/** The user a JWT speaks for; undefined for any token that does not hold. */
export const verifyClientToken = tokenVerifier({ now, findApp, secret: secrets.get, keySet });
