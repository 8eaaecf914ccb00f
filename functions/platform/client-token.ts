import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { decodeJwt, type JWTPayload, jwtVerify } from "jose";
import type { App } from "../core/app/app.ts";
import { AppId, Id } from "../core/notification/request.ts";
import { ENV } from "../names.ts";
import { findApp } from "./apps.ts";
import { cached } from "./cached.ts";
import { now } from "./clients.ts";
import { need } from "./env.ts";
import type { Holder } from "./tickets.ts";

/** A token that lives longer than this was not made for a client. */
const LONGEST_LIFE_S = 24 * 3600;
const CLOCK_TOLERANCE_S = 30;
const SECRET_TTL_MS = 60_000;
/** A client token is small; what is larger is not parsed. */
const MAX_TOKEN_CHARS = 4_096;

let client: SecretsManagerClient | undefined;

/** Name of the secret that an app signs its users' tokens with. */
export const jwtSecretName = (app: string): string => `${need(ENV.secretPrefix)}/inApp/${app}/jwt`;

const secrets = cached<Uint8Array | undefined>(
  SECRET_TTL_MS,
  async (app) => {
    client ??= new SecretsManagerClient({ maxAttempts: 3 });
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: jwtSecretName(app) }));
      return SecretString
        ? new TextEncoder().encode((JSON.parse(SecretString) as { secret: string }).secret)
        : undefined;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  },
  now,
);

/**
 * The user a JWT speaks for. The token names its app in `app`; the app's own key then has to fit.
 * @returns undefined for any token that does not hold
 */
export async function verifyClientToken(token: string): Promise<Holder | undefined> {
  const claimed = appClaim(token);
  const app = claimed === undefined ? undefined : await findApp(claimed);
  if (app?.clientAuth === undefined || app.disabled) return undefined;
  const payload = await verified(token, app);
  return payload && holder(payload, app.id);
}

function appClaim(token: string): string | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  try {
    const app = decodeJwt(token)["app"];
    return AppId.safeParse(app).success ? String(app) : undefined;
  } catch {
    return undefined; // not a JWT at all
  }
}

async function verified(token: string, app: App): Promise<JWTPayload | undefined> {
  const options = {
    requiredClaims: ["sub", "exp", "app"],
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: new Date(now()),
  };
  try {
    if (app.clientAuth?.kind !== "hs256") return undefined;
    const secret = await secrets.get(app.id);
    if (secret === undefined) return undefined;
    return (await jwtVerify(token, secret, { ...options, algorithms: ["HS256"] })).payload;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("ERR_J")) return undefined; // jose's refusals: ERR_JWT_…, ERR_JWS_…
    throw error;
  }
}

function holder({ sub, app, exp, nbf, iat }: JWTPayload, expected: string): Holder | undefined {
  const startS = nbf ?? iat ?? now() / 1000;
  if (app !== expected || exp === undefined || exp - startS > LONGEST_LIFE_S) return undefined;
  return Id.safeParse(sub).success ? { app: expected, user: sub! } : undefined;
}
