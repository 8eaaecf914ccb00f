import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AWS_CALLS } from "./aws-calls.ts";
import { cached } from "./cached.ts";

/** A rotated secret of the platform's own is in use after this long. */
const TTL_MS = 60_000;
/** While Secrets Manager does not answer. */
const STALE_MS = 3_600_000;

let client: SecretsManagerClient | undefined;
export const secretsClient = (): SecretsManagerClient => (client ??= new SecretsManagerClient(AWS_CALLS));

const values = cached<string>(
  TTL_MS,
  async (id) => {
    const { SecretString } = await secretsClient().send(new GetSecretValueCommand({ SecretId: id }));
    if (!SecretString) throw new Error(`secret ${id} holds no text`);
    return SecretString;
  },
  { staleMs: STALE_MS },
);

/** The value of one of the platform's own secrets (admin key, cursor key). */
export const ownSecret = (id: string): Promise<string> => values.get(id);
