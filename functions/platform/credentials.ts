import * as z from "zod/mini";
import { ApnsCredentials } from "../core/credentials/apns.ts";
import { FcmCredentials } from "../core/credentials/fcm.ts";
import { SesCredentials } from "../core/credentials/ses.ts";
import { SnsCredentials } from "../core/credentials/sns.ts";
import { VENDOR_CREDENTIALS } from "../core/credentials/vendors.ts";
import { WebhookCredentials } from "../core/credentials/webhook.ts";
import { WebPushCredentials } from "../core/credentials/webpush.ts";
import { LaterError } from "../core/errors/later-error.ts";
import { cached } from "./cached.ts";
import { now } from "./clients.ts";
import { readCredentials } from "./kept-credentials.ts";
import { log } from "./log.ts";

/** A rotated key is in use everywhere after this time. */
const TTL_MS = 60_000;
/** While their store (Secrets Manager, KMS) does not answer, those that were read last go on being used. */
const STALE_MS = 3_600_000;

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

/** Names of providers have no slash. */
const kept = cached(
  TTL_MS,
  (key) => {
    const slash = key.indexOf("/");
    return readCredentials(key.slice(slash + 1), key.slice(0, slash) as CredentialProvider);
  },
  { now, staleMs: STALE_MS },
);

/** An app's credentials for a provider, at most a minute old. @throws LaterError while their store does not answer */
export async function providerCredentials<P extends CredentialProvider>(
  app: string,
  provider: P,
): Promise<Credentials<P>> {
  const found = await kept.get(`${provider}/${app}`).catch((cause: unknown) => {
    throw new LaterError(`credentials of ${app} for ${provider} cannot be read now`, { cause });
  });
  if (found === undefined) return { missing: "channel_not_configured" };
  if (found === "unreadable") return { missing: "credentials_unreadable" };
  const parsed = z.safeParse(SHAPES[provider], parseJson(found.text));
  if (parsed.success) return { value: parsed.data as CredentialsOf<P>, version: found.version };
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
