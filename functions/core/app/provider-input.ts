import * as z from "zod/mini";
import { ApnsCredentials } from "../credentials/apns.ts";
import { FcmCredentials } from "../credentials/fcm.ts";
import { SesCredentials } from "../credentials/ses.ts";
import { SnsCredentials } from "../credentials/sns.ts";
import { VENDOR_CREDENTIALS, VENDOR_SHOWN } from "../credentials/vendors.ts";
import { WebhookCredentials } from "../credentials/webhook.ts";
import { WebPushCredentials } from "../credentials/webpush.ts";
import { AppError } from "../errors/app-error.ts";
import { parse } from "../errors/parse.ts";
import { partUsdRange } from "../policy/sms-prices.ts";

/** Asks for a key pair instead of bringing one; the private key never leaves the platform. */
export const GenerateWebPush = z.strictObject({
  generate: z.literal(true),
  subject: z
    .string()
    .check(
      z.maxLength(320),
      z.regex(
        /^(mailto:[^\s@\p{Cs}]+@[^\s@\p{Cs}]+|https:\/\/[^\s\p{Cs}]+)$/u,
        "must be mailto:… or https://…",
      ),
    ),
});

/** The secret that an app signs its users' HS256 tokens with. */
const JwtCredentials = z.strictObject({
  secret: z.string().check(z.minLength(32, "must have at least 32 characters"), z.maxLength(512)),
});

const SCHEMAS = {
  apns: ApnsCredentials,
  fcm: FcmCredentials,
  webpush: WebPushCredentials,
  jwt: JwtCredentials,
  ses: SesCredentials,
  sns: SnsCredentials,
  webhook: WebhookCredentials,
  ...VENDOR_CREDENTIALS,
};

/** What credentials are stored for: the providers that need some, and the app's own token secret. */
export type CredentialName = keyof typeof SCHEMAS;
export const CREDENTIAL_NAMES = Object.keys(SCHEMAS) as CredentialName[];

/** PUT /v1/apps/{app}/providers/{provider}: which shape is wanted follows from the path. */
export const ProviderInput = z.union([
  ApnsCredentials,
  FcmCredentials,
  WebPushCredentials,
  GenerateWebPush,
  JwtCredentials,
  SesCredentials,
  SnsCredentials,
  WebhookCredentials,
  ...Object.values(VENDOR_CREDENTIALS),
]);

/** `dryRun=false`: stored without asking the provider about them first. */
export const ProviderQuery = z.strictObject({ dryRun: z.optional(z.enum(["true", "false"])) });
export type ProviderQuery = z.infer<typeof ProviderQuery>;

/** @throws AppError not_found */
export function credentialName(text: string): CredentialName {
  const found = CREDENTIAL_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new AppError(
    "not_found",
    `there are no credentials for "${text}"; there are ${CREDENTIAL_NAMES.join(", ")}`,
  );
}

export type Credentials = Record<string, unknown>;

/** @throws AppError invalid_request naming each wrong field */
export const parseCredentials = (name: CredentialName, input: unknown): Credentials =>
  parse(SCHEMAS[name], input) as Credentials;

/** What an operator recognises credentials by: ids and public keys, nothing that is secret. */
export function summaryOf(name: CredentialName, credentials: Credentials): Record<string, string> {
  const shown: Record<CredentialName, readonly string[]> = {
    apns: ["teamId", "keyId", "bundleId", "environment"],
    fcm: ["project_id", "client_email", "private_key_id"],
    webpush: ["publicKey", "subject"],
    jwt: [],
    ses: ["from", "configurationSet"],
    sns: ["carrier", "countries", "senderId", "originationIdentity"],
    webhook: [],
    ...VENDOR_SHOWN,
  };
  const own = Object.fromEntries(
    shown[name].flatMap((field) =>
      credentials[field] === undefined ? [] : [[field, String(credentials[field])]],
    ),
  );
  // Of `sns` they are what its schema made: `parseCredentials` comes before.
  return name === "sns" ? { ...own, ...priceRange(credentials as unknown as SnsCredentials) } : own;
}

/** What a part costs at least and at most (USD), reckoned once: every acceptance of a text message tells it. */
function priceRange({ countries, prices }: Pick<SnsCredentials, "countries" | "prices">) {
  const [least, most] = partUsdRange(countries, prices);
  return { partUsdLeast: String(least), partUsdMost: String(most) };
}
