import type { CredentialName, Credentials } from "../core/app/provider-input.ts";
import { VENDOR_CREDENTIALS, type VendorName } from "../core/credentials/vendors.ts";
import type { Outcome } from "../core/dispatch/outcome.ts";
import type { Provider } from "../core/dispatch/provider.ts";
import type { TokenStore } from "../providers/transport/shared-token.ts";
import { now } from "./clients.ts";
import type { CredentialProvider, CredentialsOf } from "./credentials.ts";
import { ownEgress } from "./egress.ts";

/** Whoever enters credentials waits for it. */
const TRIAL_MS = 5_000;

/** An access token of a trial is nobody else's: credentials that were never stored leave nothing behind. */
const forgetful: TokenStore = { get: async () => undefined, put: async () => true };

/**
 * What the provider says of credentials before they are stored: `accepted`, `misconfigured`, or why it said nothing.
 * Undefined where it has no way to be asked without sending somebody something.
 */
export async function tryCredentials(
  app: string,
  name: CredentialName,
  credentials: Credentials,
): Promise<Outcome | undefined> {
  const provider = await providerFor(app, name, credentials);
  try {
    return await provider?.trial?.(now() + TRIAL_MS);
  } finally {
    provider?.close();
  }
}

type Triable = Pick<Provider, "trial"> & { close(): void };

/** Loaded only when credentials are entered. */
async function providerFor(
  app: string,
  name: CredentialName,
  credentials: Credentials,
): Promise<Triable | undefined> {
  if (name === "sns") return smsTrial(of(name, credentials));
  const parts = { app, open: ownEgress(), tokens: forgetful, now };
  if (name === "apns") {
    const { apnsProvider } = await import("../providers/apns/apns.ts");
    return apnsProvider({ ...parts, credentials: of(name, credentials), unread: async () => undefined });
  }
  if (name === "fcm") {
    const { fcmProvider } = await import("../providers/fcm/fcm.ts");
    return fcmProvider({ ...parts, credentials: of(name, credentials) });
  }
  if (name === "webhook") {
    const { webhookProvider } = await import("../providers/webhook/webhook.ts");
    return webhookProvider({ ...parts, credentials: of(name, credentials) });
  }
  if (!isVendor(name)) return undefined;
  const { vendorProvider } = await import("./sources/vendors.ts");
  // Nothing is sent that could ask for receipts.
  return vendorProvider(name, { ...parts, credentials: { ...of(name, credentials), receipts: false } });
}

/** End User Messaging alone: SNS has no dry run. */
async function smsTrial(credentials: CredentialsOf<"sns">): Promise<Triable | undefined> {
  if (credentials.carrier !== "endUserMessaging") return undefined;
  const { voiceClient } = await import("../providers/sns/end-user-messaging.ts");
  const { voiceTrial } = await import("../providers/sns/voice-trial.ts");
  const client = voiceClient();
  const trial = voiceTrial(client, credentials, now);
  return { ...(trial && { trial }), close: () => client.destroy() };
}

/** What the schema of this name has made of a request (`parseCredentials`): only the name has lost its tie to it. */
const of = <P extends CredentialProvider>(_name: P, credentials: Credentials) =>
  credentials as unknown as CredentialsOf<P>;

export const isVendor = (name: CredentialName): name is VendorName => Object.hasOwn(VENDOR_CREDENTIALS, name);
