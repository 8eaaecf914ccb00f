import {
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import { ApnsCredentials } from "../core/credentials/apns.ts";
import { FcmCredentials } from "../core/credentials/fcm.ts";
import { SesCredentials } from "../core/credentials/ses.ts";
import { SnsCredentials } from "../core/credentials/sns.ts";
import { VENDOR_CREDENTIALS } from "../core/credentials/vendors.ts";
import { WebhookCredentials } from "../core/credentials/webhook.ts";
import { WebPushCredentials } from "../core/credentials/webpush.ts";
import { CHANNEL_OF } from "../core/words.ts";
import { ENV } from "../names.ts";
import { cached } from "./cached.ts";
import { now } from "./clients.ts";
import { need } from "./env.ts";
import { log } from "./log.ts";

/** A rotated key is in use everywhere after this time. */
const TTL_MS = 60_000;

const SHAPES = {
  apns: ApnsCredentials,
  fcm: FcmCredentials,
  webpush: WebPushCredentials,
  ses: SesCredentials,
  sns: SnsCredentials,
  webhook: WebhookCredentials,
  ...VENDOR_CREDENTIALS,
} as const;
export type CredentialProvider = keyof typeof SHAPES;
export type CredentialsOf<P extends CredentialProvider> = z.infer<(typeof SHAPES)[P]>;

export const isCredentialProvider = (provider: string): provider is CredentialProvider =>
  Object.hasOwn(SHAPES, provider);

export type Credentials<P extends CredentialProvider> =
  | { value: CredentialsOf<P>; version: string }
  | { missing: "channel_not_configured" | "credentials_unreadable" };

/** Name of the secret that holds an app's credentials for one provider. */
export const credentialSecret = (app: string, provider: CredentialProvider): string =>
  `${need(ENV.secretPrefix)}/${CHANNEL_OF[provider]}/${app}/${provider}`;

let client: SecretsManagerClient | undefined;
type SecretText = { text: string; version: string } | undefined;

async function readSecret(name: string): Promise<SecretText> {
  client ??= new SecretsManagerClient({ maxAttempts: 3 });
  try {
    const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString === undefined ? undefined : { text: SecretString, version: VersionId ?? "" };
  } catch (error) {
    // The second is a secret that waits for its deletion.
    if (error instanceof ResourceNotFoundException || error instanceof InvalidRequestException)
      return undefined;
    throw error;
  }
}

const secrets = cached<SecretText>(TTL_MS, readSecret, now);

/** An app's credentials for a provider, at most a minute old. */
export async function providerCredentials<P extends CredentialProvider>(
  app: string,
  provider: P,
): Promise<Credentials<P>> {
  const secret = await secrets.get(credentialSecret(app, provider));
  if (secret === undefined) return { missing: "channel_not_configured" };
  const parsed = z.safeParse(SHAPES[provider], parseJson(secret.text));
  if (parsed.success) return { value: parsed.data as CredentialsOf<P>, version: secret.version };
  const fields = parsed.error.issues.map(({ path }) => path.join(".") || "(root)").join(" ");
  log.warn("credentials unreadable", { app, provider, fields });
  return { missing: "credentials_unreadable" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then says that it is no object
  }
}
