import { randomUUID } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import type { Place } from "../iam/demand.ts";
import type { EncryptionKey } from "../template/model.ts";
import { type KeyTable, openKeyTable } from "./key-table.ts";
import { type TagInput, tagsGiven } from "./tags.ts";

/** The template's keys and those that were made since. */
export type KeysOptions = { file: string; keys: readonly EncryptionKey[]; place: Place; now(): number };

export type KmsKey = { keyId: string; arn: string; tags: Record<string, string>; rotates: boolean };

type CreateKey = {
  Description?: string;
  Policy?: string;
  KeySpec?: string;
  KeyUsage?: string;
  Tags?: TagInput[];
};
type Identified = { KeyId?: string };

type Core = KeysOptions & { table: KeyTable };

function allKeys({ keys, place, table }: Core): KmsKey[] {
  const arnOf = (id: string) => `arn:aws:kms:${place.region}:${place.account}:key/${id}`;
  const since = (id: string) => ({ tags: table.tagsOf(id), rotates: table.isRotating(id) });
  return [
    ...keys.map(({ keyId, arn, tags, rotates }) => {
      const more = since(keyId);
      return { keyId, arn, tags: { ...tags, ...more.tags }, rotates: rotates || more.rotates };
    }),
    ...table.made().map(({ id }) => ({ keyId: id, arn: arnOf(id), ...since(id) })),
  ];
}

/** By id or ARN, as functions name it. */
function requireKey(core: Core, id: string | undefined): KmsKey {
  const found = allKeys(core).find(({ keyId, arn }) => id === keyId || id === arn);
  if (found) return found;
  throw new AwsError("NotFoundException", `Key '${id}' does not exist`);
}

/** A key whose rights are those that IAM gives: all that is run here. */
function checkKind({ Policy, KeySpec = "SYMMETRIC_DEFAULT", KeyUsage = "ENCRYPT_DECRYPT" }: CreateKey): void {
  if (Policy !== undefined)
    throw new AwsError("UnsupportedOperationException", "Key policies are not run by the local KMS.");
  if (KeySpec !== "SYMMETRIC_DEFAULT" || KeyUsage !== "ENCRYPT_DECRYPT")
    throw new AwsError(
      "UnsupportedOperationException",
      `Keys of ${KeySpec} that ${KeyUsage} are not run here.`,
    );
}

function createKey(core: Core, input: CreateKey) {
  checkKind(input);
  const [id, createdAtMs, tags] = [randomUUID(), core.now(), tagsGiven(input.Tags)];
  core.table.addMade({ id, createdAtMs });
  for (const [name, value] of Object.entries(tags)) core.table.setTag(id, name, value);
  return {
    KeyMetadata: {
      KeyId: id,
      Arn: requireKey(core, id).arn,
      AWSAccountId: core.place.account,
      CreationDate: new Date(createdAtMs),
      Description: input.Description ?? "",
      Enabled: true,
      KeyState: "Enabled",
      KeyManager: "CUSTOMER",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
      Origin: "AWS_KMS",
      MultiRegion: false,
    },
  };
}

function tagResource(core: Core, { KeyId, Tags }: Identified & { Tags?: TagInput[] }): void {
  const { keyId } = requireKey(core, KeyId);
  for (const [name, value] of Object.entries(tagsGiven(Tags))) core.table.setTag(keyId, name, value);
}

export function createKeys(options: KeysOptions) {
  const core: Core = { ...options, table: openKeyTable(options.file) };
  return {
    require: (id: string | undefined) => requireKey(core, id),
    /** By id alone. */
    find: (id: string | undefined) => allKeys(core).find(({ keyId }) => keyId === id),
    materialOf: core.table.materialOf,
    close: () => core.table.close(),
    actions: {
      createKey: (input: CreateKey) => createKey(core, input),
      tagResource: (input: Identified & { Tags?: TagInput[] }) => tagResource(core, input),
      listKeys: () => ({
        Keys: allKeys(core).map(({ keyId, arn }) => ({ KeyId: keyId, KeyArn: arn })),
        Truncated: false,
      }),
      enableKeyRotation: ({ KeyId }: Identified): void => {
        core.table.setRotating(requireKey(core, KeyId).keyId);
      },
      getKeyRotationStatus: ({ KeyId }: Identified) => ({
        KeyRotationEnabled: requireKey(core, KeyId).rotates,
      }),
    },
  };
}

export type Keys = ReturnType<typeof createKeys>;
