import { settingsWarnings, type VendorSettings } from "../credentials/vendor-settings.ts";
import { VENDOR_CREDENTIALS } from "../credentials/vendors.ts";
import { AppError } from "../errors/app-error.ts";
import { parse } from "../errors/parse.ts";
import type { App, ProviderSetup } from "./app.ts";
import {
  type CredentialName,
  type Credentials,
  GenerateWebPush,
  parseCredentials,
  summaryOf,
} from "./provider-input.ts";

export type SetProviderPorts = {
  now(): number;
  newVapidPair(): Promise<{ publicKey: string; privateKey: string }>;
  /** The provider's own library takes the key, offline. @throws AppError invalid_request */
  checkServiceAccount(credentials: Credentials): Promise<void>;
  writeSecret(app: string, name: CredentialName, value: Credentials): Promise<void>;
  deleteSecret(app: string, name: CredentialName): Promise<void>;
  /** Whether the app has these credentials already. */
  isSet(app: string, name: CredentialName): Promise<boolean>;
  /** Undefined when the app is gone. */
  setup(app: string, name: CredentialName, setup: ProviderSetup | undefined): Promise<App | undefined>;
};

/**
 * Stores credentials: the secret first, then what the app shows of it, so that a provider is never offered before
 * its credentials stand.
 * @throws AppError invalid_request, not_found, conflict
 */
export async function setProvider(
  ports: SetProviderPorts,
  app: string,
  name: CredentialName,
  input: unknown,
): Promise<ProviderSetup & { warnings: string[] }> {
  const credentials = await credentialsOf(ports, app, name, input);
  if (name === "fcm") await ports.checkServiceAccount(credentials);
  await ports.writeSecret(app, name, credentials);
  const setup = { configuredAtMs: ports.now(), summary: summaryOf(name, credentials) };
  if (!(await ports.setup(app, name, setup))) throw new AppError("not_found", `there is no app ${app}`);
  return { ...setup, warnings: warningsOf(name, credentials) };
}

/** What is allowed and will be regretted. */
const warningsOf = (name: CredentialName, credentials: Credentials): string[] =>
  Object.hasOwn(VENDOR_CREDENTIALS, name) ? settingsWarnings(credentials as VendorSettings) : [];

/** The setup first, so that nothing new is sent with credentials that are about to go. */
export async function removeProvider(
  ports: SetProviderPorts,
  app: string,
  name: CredentialName,
): Promise<void> {
  await ports.setup(app, name, undefined);
  await ports.deleteSecret(app, name);
}

async function credentialsOf(
  ports: SetProviderPorts,
  app: string,
  name: CredentialName,
  input: unknown,
): Promise<Credentials> {
  const generate = name === "webpush" && input !== null && typeof input === "object" && "generate" in input;
  if (!generate) return parseCredentials(name, input);
  const { subject } = parse(GenerateWebPush, input);
  if (await ports.isSet(app, name)) {
    throw new AppError(
      "conflict",
      "a second generated pair would cut off every subscription made with the first: send both pairs yourself, or delete the provider before",
    );
  }
  return parseCredentials(name, { ...(await ports.newVapidPair()), subject });
}
