import { decodeJwt, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import type { App } from "../core/app/app.ts";
import { AppId, Id } from "../core/notification/request.ts";
import type { Holder } from "./tickets.ts";

/** A token that lives longer than this was not made for a client. */
const LONGEST_LIFE_S = 24 * 3600;
const CLOCK_TOLERANCE_S = 30;
/** A client token is small; what is larger is not parsed. */
const MAX_TOKEN_CHARS = 4_096;

/** `issuedAtMs`: where the token does not say it, as long ago as it may have been. */
export type TokenHolder = Holder & { issuedAtMs: number };

export type VerifierPorts = {
  now(): number;
  findApp(id: string): Promise<App | undefined>;
  /** The secret of an app's HS256 tokens. */
  secret(app: string): Promise<Uint8Array | undefined>;
  /** The key set at a URL. */
  keySet(url: string): JWTVerifyGetKey;
};

/**
 * The user a JWT speaks for. The token names its app in `app`; the app's own key then has to fit.
 * @returns undefined for any token that does not hold
 */
export function tokenVerifier(ports: VerifierPorts): (token: string) => Promise<TokenHolder | undefined> {
  return async (token) => {
    const claimed = appClaim(token);
    const app = claimed === undefined ? undefined : await ports.findApp(claimed);
    if (app?.clientAuth === undefined || app.disabled) return undefined;
    const payload = await verified(ports, token, app);
    return payload && holder(payload, app.id, ports.now() / 1000);
  };
}

function appClaim(token: string): string | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  try {
    const app = decodeJwt(token)["app"];
    return typeof app === "string" && AppId.safeParse(app).success ? app : undefined;
  } catch {
    return undefined; // not a JWT at all
  }
}

/** The app's way decides which algorithms count; what the token's header says only has to be among them. */
async function verified(ports: VerifierPorts, token: string, app: App): Promise<JWTPayload | undefined> {
  const options: JWTVerifyOptions = {
    requiredClaims: ["sub", "exp", "app"],
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: new Date(ports.now()),
  };
  try {
    if (app.clientAuth?.kind === "jwks") {
      const { url, issuer, audience } = app.clientAuth;
      const asked = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
      const jwks = { ...options, ...asked, algorithms: ["RS256", "ES256"] };
      return (await jwtVerify(token, ports.keySet(url), jwks)).payload;
    }
    // A secret may have outlived the app before this one of the same id: only one that was entered for it counts.
    const secret = app.jwt && (await ports.secret(app.id));
    if (secret === undefined) return undefined;
    return (await jwtVerify(token, secret, { ...options, algorithms: ["HS256"] })).payload;
  } catch (error) {
    // jose's refusals: ERR_JWT_…, ERR_JWS_…, ERR_JWKS_…, ERR_JOSE_…
    if ((error as { code?: string }).code?.startsWith("ERR_J")) return undefined;
    throw error;
  }
}

function holder(payload: JWTPayload, expected: string, nowS: number): TokenHolder | undefined {
  const { sub, app, exp, nbf, iat } = payload;
  // A start in the future or far back would make a long life look short.
  const startS = Math.min(nowS, iat ?? nowS, nbf ?? nowS);
  const endS = exp ?? Number.POSITIVE_INFINITY;
  if (app !== expected || endS - startS > LONGEST_LIFE_S) return undefined;
  if (typeof sub !== "string" || !Id.safeParse(sub).success) return undefined;
  return { app: expected, user: sub, issuedAtMs: (iat ?? endS - LONGEST_LIFE_S) * 1000 };
}
