import { randomUUID } from "node:crypto";
import type { CredentialName } from "../core/app/provider-input.ts";
import {
  type SealedCredentials,
  sealedCredentialRows,
  sealedCredentialsOf,
} from "../storage/sealed-credentials.ts";
import type { Item } from "../storage/table.ts";
import { now, tableOf } from "./clients.ts";
import { channelOf, type KeptCredentials } from "./credential-store.ts";
import { newDataKey, openDataKey } from "./data-keys.ts";
import { open, type SealContext, seal } from "./envelope.ts";
import { log } from "./log.ts";

/** Credentials as items of Catalog, each sealed with a data key of its own under a KMS key of the deployment. */
const contextOf = (app: string, name: CredentialName): SealContext => ({
  app,
  channel: channelOf(name),
  provider: name,
});

export async function unsealed(
  app: string,
  name: CredentialName,
  item: Item,
): Promise<KeptCredentials | "unreadable"> {
  const sealed = understood(item);
  const text = sealed && (await opened(sealed, contextOf(app, name)));
  if (text !== undefined) return { text, version: sealed!.version };
  const why = "altered, moved from elsewhere, or sealed with another key";
  log.warn("credentials unreadable", { app, provider: name, why });
  return "unreadable";
}

function understood(item: Item): SealedCredentials | undefined {
  try {
    return sealedCredentialsOf(item);
  } catch {
    return undefined; // told by the caller, like every item that does not open
  }
}

async function opened(sealed: SealedCredentials, context: SealContext): Promise<string | undefined> {
  const dataKey = await openDataKey(sealed, context);
  return dataKey && open(dataKey, context, sealed);
}

/** New or anew, under that key. */
export async function writeSealed(
  app: string,
  name: CredentialName,
  value: object,
  keyArn: string,
): Promise<void> {
  const context = contextOf(app, name);
  const { dataKey, sealedKey } = await newDataKey(context, keyArn);
  const envelope = seal(dataKey, context, JSON.stringify(value));
  const written = { sealedKey, keyArn, ...envelope, version: randomUUID(), writtenAtMs: now() };
  await sealedCredentialRows(tableOf("catalog")).put(app, name, written);
}
