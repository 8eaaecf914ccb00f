import {
  CreateKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  KMSServiceException,
} from "@aws-sdk/client-kms";
import { CREDENTIALS_TAG, ENV } from "../names.ts";
import { type MadeKey, madeKeyRow } from "../storage/made-key.ts";
import { AWS_CALLS } from "./aws-calls.ts";
import { now, tableOf } from "./clients.ts";
import type { SealingKey } from "./credential-store.ts";
import { need } from "./env.ts";
import { kmsClient } from "./kms-client.ts";
import { log } from "./log.ts";

/*
 * The KMS key that comes into being when a deployment has so many apps that it costs less than their secrets
 * (docs/adr/0024-credentials-in-catalog.md).
 */

/** KMS knows a new key, and IAM its tags, everywhere after five minutes (AWS's word), twice that for safety. */
const SETTLING_MS = 600_000;
const NOT_YET = new Set(["AccessDeniedException", "NotFoundException"]);
/** A refusal is shown to the operator. */
const MAX_REFUSAL = 300;

const row = () => madeKeyRow(tableOf("catalog"));

/** The deployment's key; the first call makes it. Undefined, and a line in the log, where there cannot be one now. */
export async function madeKey(): Promise<SealingKey | undefined> {
  const key = (await row().find()).key ?? (await claimed());
  if (key === undefined) return undefined;
  if (!key.rotates) await rotate(key);
  const isSettling = now() - key.madeAtMs < SETTLING_MS;
  return {
    arn: key.arn,
    refusesYet: (error) => isSettling && error instanceof KMSServiceException && NOT_YET.has(error.name),
  };
}

/** Only one of all environments makes it: a second key would be a dollar a month for nothing. */
async function claimed(): Promise<MadeKey | undefined> {
  const claimedAtMs = now();
  if (await row().claim(claimedAtMs)) return made(claimedAtMs);
  log.info("credentials are a secret this time", { why: "their key is being made" });
  return undefined;
}

async function made(claimedAtMs: number): Promise<MadeKey | undefined> {
  let arn: string | undefined;
  try {
    arn = await createKey();
    const key = { arn, madeAtMs: now(), rotates: false };
    if (await row().record(key)) return key;
    throw new Error("another one was recorded meanwhile");
  } catch (error) {
    if (arn === undefined) await refused(claimedAtMs, error);
    // It costs a dollar a month until somebody schedules its deletion.
    else log.error("a key for credentials was made and is not used", error, { key: arn });
    return undefined;
  }
}

async function createKey(): Promise<string> {
  const name = need(ENV.secretPrefix);
  // Never repeated: KMS would make a second key of a request whose answer was lost.
  const client = new KMSClient({ ...AWS_CALLS, maxAttempts: 1 });
  try {
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({
        Description: `Seals the providers' credentials in the Catalog table of ${name}`,
        Tags: [{ TagKey: CREDENTIALS_TAG, TagValue: name }],
      }),
    );
    if (KeyMetadata?.Arn === undefined) throw new Error("KMS gave no ARN");
    return KeyMetadata.Arn;
  } finally {
    client.destroy();
  }
}

/**
 * Credentials can be entered all the same; the operator is told (administering.ts). Where KMS did not answer there may be
 * a key: its claim is left to lapse, so that not every attempt leaves one behind.
 */
async function refused(claimedAtMs: number, error: unknown): Promise<void> {
  log.error("no key for credentials could be made", error);
  const why = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  const isSure = error instanceof KMSServiceException && error.$fault === "client";
  await row().refuse(claimedAtMs, why.slice(0, MAX_REFUSAL), { release: isSure });
}

/** Tried again with the next credentials, if it was refused. */
async function rotate(key: MadeKey): Promise<void> {
  try {
    await kmsClient().send(new EnableKeyRotationCommand({ KeyId: key.arn }));
  } catch (error) {
    const why = error instanceof Error ? error.name : typeof error;
    log.warn("the key for credentials does not rotate yet", { key: key.arn, why });
    return;
  }
  await row().setRotating(key);
}
