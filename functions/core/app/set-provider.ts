import { settingsWarnings, type VendorSettings } from "../credentials/vendor-settings.ts";
import { VENDOR_CREDENTIALS } from "../credentials/vendors.ts";
import type { Outcome } from "../dispatch/outcome.ts";
import { AppError } from "../errors/app-error.ts";
import { parse } from "../errors/parse.ts";
import type { AddedSizes, App, ProviderSetup } from "./app.ts";
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
  /** What the provider itself says of them; undefined where it cannot be asked. */
  tryCredentials(app: string, name: CredentialName, credentials: Credentials): Promise<Outcome | undefined>;
  /** What they add to its messages, where those are measured when a notification is accepted. */
  addedSizes(name: CredentialName, credentials: Credentials): Promise<AddedSizes | undefined>;
  writeCredentials(app: string, name: CredentialName, value: Credentials): Promise<void>;
  removeCredentials(app: string, name: CredentialName): Promise<void>;
  /** Whether the app has these credentials already. */
  isSet(app: string, name: CredentialName): Promise<boolean>;
  /** Undefined when the app is gone. */
  setup(app: string, name: CredentialName, setup: ProviderSetup | undefined): Promise<App | undefined>;
};

/**
 * Tries credentials with their provider and stores them: themselves first, then what the app shows of them, so that
 * a provider is never offered before its credentials stand.
 * @throws AppError invalid_request, provider_refused, not_found, conflict
 */
export async function setProvider(
  ports: SetProviderPorts,
  app: string,
  name: CredentialName,
  input: unknown,
  { dryRun }: { dryRun: boolean },
): Promise<ProviderSetup & { warnings: string[] }> {
  const credentials = await credentialsOf(ports, app, name, input);
  if (name === "fcm") await ports.checkServiceAccount(credentials);
  const untried = dryRun ? triedOr(name, await ports.tryCredentials(app, name, credentials)) : [];
  const added = await ports.addedSizes(name, credentials);
  await ports.writeCredentials(app, name, credentials);
  const summary = summaryOf(name, credentials);
  const setup: ProviderSetup = { configuredAtMs: ports.now(), summary, ...(added && { added }) };
  if (!(await ports.setup(app, name, setup))) throw new AppError("not_found", `there is no app ${app}`);
  return { ...setup, warnings: [...untried, ...warningsOf(name, credentials)] };
}

/**
 * An outage of the provider's must not keep anybody from entering credentials.
 * @throws AppError provider_refused
 */
function triedOr(name: CredentialName, outcome: Outcome | undefined): string[] {
  if (outcome === undefined || outcome.kind === "accepted") return [];
  const reason = outcome.reason ?? String(outcome.status ?? outcome.kind);
  if (outcome.kind !== "misconfigured")
    return [`${name} could not be asked about them (${reason}): stored untried`];
  const detail = `${name} refuses these credentials: ${reason}; ?dryRun=false stores them all the same`;
  throw new AppError("provider_refused", detail);
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
  await ports.removeCredentials(app, name);
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
