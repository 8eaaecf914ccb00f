import { randomBytes } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import { type EncryptionContext, keyIdOf, unwrap, wrap } from "./blob.ts";
import { createKeys, type Keys, type KeysOptions, type KmsKey } from "./keys.ts";

/** Data keys by the keys that there are: GenerateDataKey and Decrypt; what else is asked of keys is in keys.ts. */
type Contextual = { EncryptionContext?: EncryptionContext };
type Generate = Contextual & { KeyId?: string; KeySpec?: string; NumberOfBytes?: number };
/** Bytes are base64 in JSON. */
type Decrypt = Contextual & { KeyId?: string; CiphertextBlob?: string };

const SPEC_BYTES: Record<string, number> = { AES_256: 32, AES_128: 16 };
const MAX_DATA_KEY_BYTES = 1_024;

const invalidCiphertext = () => new AwsError("InvalidCiphertextException", "");

const blobOf = ({ CiphertextBlob }: Decrypt) => Buffer.from(CiphertextBlob ?? "", "base64");

/** The key that made a ciphertext, which says so itself. */
function keyOfBlob(keys: Keys, blob: Buffer): KmsKey {
  const found = keys.find(keyIdOf(blob));
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

function generateDataKey(keys: Keys, input: Generate) {
  const { keyId, arn } = keys.require(input.KeyId);
  const Plaintext = randomBytes(dataKeyBytes(input));
  return {
    KeyId: arn,
    Plaintext,
    CiphertextBlob: wrap(keyId, keys.materialOf(keyId), input.EncryptionContext ?? {}, Plaintext),
  };
}

function decrypt(keys: Keys, input: Decrypt) {
  const blob = blobOf(input);
  const { keyId, arn } = keyOfBlob(keys, blob);
  if (input.KeyId !== undefined && keys.require(input.KeyId).keyId !== keyId)
    throw new AwsError("IncorrectKeyException", "The key ID in the request does not identify this key.");
  const Plaintext = unwrap(blob, keys.materialOf(keyId), input.EncryptionContext ?? {});
  if (Plaintext === undefined) throw invalidCiphertext();
  return { KeyId: arn, Plaintext, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
}

export function createKms(options: KeysOptions) {
  const keys = createKeys(options);
  return {
    ...keys.actions,
    generateDataKey: (input: Generate) => generateDataKey(keys, input),
    decrypt: (input: Decrypt) => decrypt(keys, input),
    /** The key that a call is about: the one it names, or the one that its ciphertext names. */
    keyFor: (input: Decrypt): KmsKey =>
      input.KeyId === undefined ? keyOfBlob(keys, blobOf(input)) : keys.require(input.KeyId),
    close: keys.close,
  };
}

export type Kms = ReturnType<typeof createKms>;
