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

/** The CredentialStore of Catalog: items, each sealed with a data key of its own under the deployment's KMS key. */
const rows = () => sealedCredentialRows(tableOf("catalog"));

const contextOf = (app: string, name: CredentialName): SealContext => ({
  app,
  channel: channelOf(name),
  provider: name,
});

export async function read(
  app: string,
  name: CredentialName,
): Promise<KeptCredentials | "unreadable" | undefined> {
  const item = await rows().find(app, name);
  if (item === undefined) return undefined;
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
  const dataKey = await openDataKey(sealed.sealedKey, context);
  return dataKey && open(dataKey, context, sealed);
}

export async function write(app: string, name: CredentialName, value: object): Promise<void> {
  const context = contextOf(app, name);
  const { dataKey, sealedKey } = await newDataKey(context);
  const envelope = seal(dataKey, context, JSON.stringify(value));
  await rows().put(app, name, { sealedKey, ...envelope, version: randomUUID(), writtenAtMs: now() });
}

export async function remove(app: string, name: CredentialName): Promise<void> {
  await rows().remove(app, name);
}
