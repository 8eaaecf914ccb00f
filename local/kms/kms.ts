import { randomBytes } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import type { EncryptionKey } from "../template/model.ts";
import { type EncryptionContext, keyIdOf, unwrap, wrap } from "./blob.ts";
import { type KeyTable, openKeyTable } from "./key-table.ts";

/** Data keys by the template's keys: GenerateDataKey and Decrypt, which is all that functions ask of KMS. */
export type KmsOptions = { file: string; keys: readonly EncryptionKey[] };

type Core = KmsOptions & { table: KeyTable };
type Contextual = { EncryptionContext?: EncryptionContext };
type Generate = Contextual & { KeyId?: string; KeySpec?: string; NumberOfBytes?: number };
/** Bytes are base64 in JSON. */
type Decrypt = Contextual & { KeyId?: string; CiphertextBlob?: string };

const SPEC_BYTES: Record<string, number> = { AES_256: 32, AES_128: 16 };
const MAX_DATA_KEY_BYTES = 1_024;

/** By id or ARN, as functions name it. */
function requireKey({ keys }: Core, id: string | undefined): EncryptionKey {
  const found = keys.find(({ keyId, arn }) => id === keyId || id === arn);
  if (found) return found;
  throw new AwsError("NotFoundException", `Key '${id}' does not exist`);
}

const invalidCiphertext = () => new AwsError("InvalidCiphertextException", "");

const blobOf = ({ CiphertextBlob }: Decrypt) => Buffer.from(CiphertextBlob ?? "", "base64");

/** The key that made a ciphertext, which says so itself. */
function keyOfBlob(core: Core, blob: Buffer): EncryptionKey {
  const id = keyIdOf(blob);
  const found = core.keys.find(({ keyId }) => keyId === id);
  if (!found) throw invalidCiphertext();
  return found;
}

function dataKeyBytes({ KeySpec, NumberOfBytes }: Generate): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined))
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  const bytes = NumberOfBytes ?? SPEC_BYTES[KeySpec ?? ""];
  if (bytes !== undefined && Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_DATA_KEY_BYTES)
    return bytes;
  throw new AwsError("ValidationException", `No data key is of the size ${KeySpec ?? NumberOfBytes}.`);
}

function generateDataKey(core: Core, input: Generate) {
  const { keyId, arn } = requireKey(core, input.KeyId);
  const Plaintext = randomBytes(dataKeyBytes(input));
  const material = core.table.materialOf(keyId);
  return {
    KeyId: arn,
    Plaintext,
    CiphertextBlob: wrap(keyId, material, input.EncryptionContext ?? {}, Plaintext),
  };
}

function decrypt(core: Core, input: Decrypt) {
  const blob = blobOf(input);
  const { keyId, arn } = keyOfBlob(core, blob);
  if (input.KeyId !== undefined && requireKey(core, input.KeyId).keyId !== keyId)
    throw new AwsError("IncorrectKeyException", "The key ID in the request does not identify this key.");
  const Plaintext = unwrap(blob, core.table.materialOf(keyId), input.EncryptionContext ?? {});
  if (Plaintext === undefined) throw invalidCiphertext();
  return { KeyId: arn, Plaintext, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
}

export function createKms(options: KmsOptions) {
  const core: Core = { ...options, table: openKeyTable(options.file) };
  return {
    generateDataKey: (input: Generate) => generateDataKey(core, input),
    decrypt: (input: Decrypt) => decrypt(core, input),
    /** The key that a call is about: the one it names, or the one that its ciphertext names. */
    arnFor: (input: Decrypt): string =>
      (input.KeyId === undefined ? keyOfBlob(core, blobOf(input)) : requireKey(core, input.KeyId)).arn,
    close: () => core.table.close(),
  };
}

export type Kms = ReturnType<typeof createKms>;
