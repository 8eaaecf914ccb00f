import { credentialsKey } from "./keys.ts";
import { BYTES, NUMBER, rowReader, TEXT } from "./row-reader.ts";
import type { Item, Table } from "./table.ts";

/** Credentials as Catalog keeps them: without the KMS key nothing of it can be read. */
export type SealedCredentials = {
  /** The data key, encrypted by KMS. */
  sealedKey: Uint8Array;
  /** The KMS key that sealed the data key; older items do not name it. */
  keyArn?: string;
  iv: Uint8Array;
  tag: Uint8Array;
  ciphertext: Uint8Array;
  version: string;
  writtenAtMs: number;
};

/** Sealed credentials in Catalog, an item for each provider of an app, beside the app's keys and switches. */
export function sealedCredentialRows(catalog: Table) {
  return {
    /** Consistently: a provider is offered as soon as its credentials stand. */
    find: (app: string, name: string): Promise<Item | undefined> =>
      catalog.get(credentialsKey(app, name), { consistent: true }),
    async put(app: string, name: string, sealed: SealedCredentials): Promise<void> {
      await catalog.put({ ...credentialsKey(app, name), ...sealed });
    },
    /** @returns what was there */
    async remove(app: string, name: string): Promise<Item | undefined> {
      const removed = await catalog.remove(credentialsKey(app, name), { returns: "ALL_OLD" });
      return removed.ok ? removed.item : undefined;
    },
    /** What was removed, unless others have taken its place. */
    async putBack(item: Item): Promise<void> {
      await catalog.put(item, { condition: "attribute_not_exists(pk)" });
    },
  };
}

/** @throws Error naming the row and the field that is missing or of another type */
export function sealedCredentialsOf(item: Item): SealedCredentials {
  const row = rowReader("Catalog", item);
  return {
    sealedKey: row.need("sealedKey", BYTES),
    ...row.optional("keyArn", TEXT),
    iv: row.need("iv", BYTES),
    tag: row.need("tag", BYTES),
    ciphertext: row.need("ciphertext", BYTES),
    version: row.need("version", TEXT),
    writtenAtMs: row.need("writtenAtMs", NUMBER),
  };
}
