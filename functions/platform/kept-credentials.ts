import type { CredentialName } from "../core/app/provider-input.ts";
import { sealedCredentialRows } from "../storage/sealed-credentials.ts";
import { tableOf } from "./clients.ts";
import type { KeptCredentials } from "./credential-store.ts";
import * as providerSecrets from "./provider-secrets.ts";

/**
 * An app's credentials, wherever they were written: the item, then the secret. Both are looked for whatever the operator
 * has chosen, so that what was entered before goes on working.
 */
export async function readCredentials(
  app: string,
  name: CredentialName,
): Promise<KeptCredentials | "unreadable" | undefined> {
  const found = (await readItem(app, name)) ?? (await providerSecrets.read(app, name));
  // Somebody who writes them anew may have taken them from there to here between the two looks.
  return found ?? readItem(app, name);
}

async function readItem(
  app: string,
  name: CredentialName,
): Promise<KeptCredentials | "unreadable" | undefined> {
  const item = await sealedCredentialRows(tableOf("catalog")).find(app, name);
  if (item === undefined) return undefined;
  // Where there are few apps there is no item, and KMS's client would make every cold start longer.
  const { unsealed } = await import("./sealed-credentials.ts");
  return unsealed(app, name, item);
}
