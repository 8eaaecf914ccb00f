import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { ENV } from "../names.ts";
import { findApp } from "./apps.ts";
import { cached } from "./cached.ts";
import { now } from "./clients.ts";
import { need } from "./env.ts";
import { keySet } from "./key-sets.ts";
import { tokenVerifier } from "./token-verifier.ts";

const SECRET_TTL_MS = 60_000;

let client: SecretsManagerClient | undefined;

/** Name of the secret that an app signs its users' tokens with. */
const jwtSecretName = (app: string): string => `${need(ENV.secretPrefix)}/inApp/${app}/jwt`;

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

/** The user a JWT speaks for; undefined for any token that does not hold. */
export const verifyClientToken = tokenVerifier({ now, findApp, secret: secrets.get, keySet });
