import type { CredentialName } from "../core/app/provider-input.ts";
import { ENV } from "../names.ts";
import type { CredentialStore, KeptCredentials } from "./credential-store.ts";
import * as providerSecrets from "./provider-secrets.ts";

/*
 * Where apps' credentials are kept: Catalog where there is a key, Secrets Manager otherwise. Secrets from before the
 * key are read until they are written anew.
 */

/** Whether this deployment has a key that seals credentials (clarion.config.ts: `credentials`). */
const hasKey = (): boolean => Boolean(process.env[ENV.credentialsKey]);

/** Each of them costs by the month then. */
export const keepsSecrets = (): boolean => !hasKey();

/** Loaded where it is needed: most deployments have no key, and KMS's client would make every cold start longer. */
const sealedCredentials = (): Promise<CredentialStore> => import("./sealed-credentials.ts");

/** As a CredentialStore reads. */
export async function readCredentials(
  app: string,
  name: CredentialName,
): Promise<KeptCredentials | "unreadable" | undefined> {
  if (!hasKey()) return providerSecrets.read(app, name);
  const sealed = await sealedCredentials();
  const found = (await sealed.read(app, name)) ?? (await providerSecrets.read(app, name));
  // Somebody who writes them anew may have taken them from there to here between the two looks.
  return found ?? sealed.read(app, name);
}

/** @throws AppError conflict while older ones of this name are still being deleted */
export async function writeCredentials(app: string, name: CredentialName, value: object): Promise<void> {
  const sealed = await sealedCredentials();
  const [place, other] = hasKey() ? [sealed, providerSecrets] : [providerSecrets, sealed];
  await place.write(app, name, value);
  // What the other place holds is older, and must not come back when the operator changes places.
  await other.remove(app, name);
}

export async function removeCredentials(app: string, name: CredentialName): Promise<void> {
  for (const store of [await sealedCredentials(), providerSecrets]) await store.remove(app, name);
}
