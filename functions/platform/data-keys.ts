import {
  DecryptCommand,
  GenerateDataKeyCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
} from "@aws-sdk/client-kms";
import { ENV } from "../names.ts";
import { AWS_CALLS } from "./aws-calls.ts";
import { need } from "./env.ts";
import type { SealContext } from "./envelope.ts";

let client: KMSClient | undefined;
const kms = (): KMSClient => (client ??= new KMSClient(AWS_CALLS));

/** The key itself and what opens it again. */
export async function newDataKey(
  context: SealContext,
): Promise<{ dataKey: Uint8Array; sealedKey: Uint8Array }> {
  const { Plaintext, CiphertextBlob } = await kms().send(
    new GenerateDataKeyCommand({
      KeyId: need(ENV.credentialsKey),
      KeySpec: "AES_256",
      EncryptionContext: { ...context },
    }),
  );
  if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error("KMS gave no data key");
  return { dataKey: Plaintext, sealedKey: CiphertextBlob };
}

/**
 * @returns undefined when it was altered, is of another context or of another key
 * @throws what KMS throws, when it is of this key and cannot be had now: disabled, about to be deleted, not allowed
 */
export async function openDataKey(
  sealedKey: Uint8Array,
  context: SealContext,
): Promise<Uint8Array | undefined> {
  try {
    const { Plaintext } = await kms().send(
      new DecryptCommand({
        KeyId: need(ENV.credentialsKey),
        CiphertextBlob: sealedKey,
        EncryptionContext: { ...context },
      }),
    );
    return Plaintext;
  } catch (error) {
    if (error instanceof InvalidCiphertextException || error instanceof IncorrectKeyException)
      return undefined;
    throw error;
  }
}
