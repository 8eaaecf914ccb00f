import {
  DecryptCommand,
  GenerateDataKeyCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
} from "@aws-sdk/client-kms";
import { ENV } from "../names.ts";
import type { SealContext } from "./envelope.ts";
import { kmsClient } from "./kms-client.ts";

/** The key itself and what opens it again. */
export async function newDataKey(
  context: SealContext,
  keyArn: string,
): Promise<{ dataKey: Uint8Array; sealedKey: Uint8Array }> {
  const { Plaintext, CiphertextBlob } = await kmsClient().send(
    new GenerateDataKeyCommand({
      KeyId: keyArn,
      KeySpec: "AES_256",
      EncryptionContext: { ...context },
    }),
  );
  if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error("KMS gave no data key");
  return { dataKey: Plaintext, sealedKey: CiphertextBlob };
}

/**
 * @param keyArn what sealed it, where that was written down; it was the template's key otherwise, and where that one is
 * no longer bound, KMS reads its name from the ciphertext. Which keys may open anything at all is IAM's to say.
 * @returns undefined when it was altered, is of another context or of another key
 * @throws what KMS throws, when it is of this key and cannot be had now: disabled, about to be deleted, not allowed
 */
export async function openDataKey(
  { sealedKey, keyArn }: { sealedKey: Uint8Array; keyArn?: string },
  context: SealContext,
): Promise<Uint8Array | undefined> {
  try {
    const { Plaintext } = await kmsClient().send(
      new DecryptCommand({
        KeyId: keyArn ?? process.env[ENV.credentialsKey],
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
