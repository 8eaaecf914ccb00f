import type { CredentialName } from "../core/app/provider-input.ts";
import { AppError } from "../core/errors/app-error.ts";
import { ENV } from "../names.ts";
import { sealedCredentialRows } from "../storage/sealed-credentials.ts";
import { tableOf } from "./clients.ts";
import type { SealingKey } from "./credential-store.ts";
import { need } from "./env.ts";
import { log } from "./log.ts";
import { haveManyApps } from "./many-apps.ts";
import * as providerSecrets from "./provider-secrets.ts";

/*
 * Where credentials go that somebody enters (docs/configuration.md): a secret for each, or items of Catalog that one
 * KMS key seals. They are written to one place and then taken away from the other one: what that holds is older, and
 * must not come back when the place changes.
 */
type Place = "auto" | "secrets" | "catalog";

/** As the operator chose (clarion.config.ts: `credentials`). */
export const credentialsPlace = (): Place => need(ENV.credentialsPlace) as Place;

const items = () => sealedCredentialRows(tableOf("catalog"));

/** @throws AppError conflict while older ones of this name are still being deleted */
export async function writeCredentials(app: string, name: CredentialName, value: object): Promise<void> {
  const key = await sealingKey();
  if (key === undefined || !(await writeItem(key, app, name, value))) await writeSecret(app, name, value);
}

export async function removeCredentials(app: string, name: CredentialName): Promise<void> {
  await items().remove(app, name);
  await providerSecrets.remove(app, name);
}

/** Undefined where a secret is to be written. */
async function sealingKey(): Promise<SealingKey | undefined> {
  const place = credentialsPlace();
  if (place === "catalog") return { arn: need(ENV.credentialsKey), refusesYet: () => false };
  if (place === "secrets" || !(await haveManyApps())) return undefined;
  const { madeKey } = await import("./made-key.ts");
  return madeKey();
}

/*
 * Two that are entered at once may go to different places, and each would take away what the other has just written.
 * Whoever takes something away looks afterwards whether its own is still there: the last one to look leaves one.
 */
async function writeSecret(app: string, name: CredentialName, value: object): Promise<void> {
  await providerSecrets.write(app, name, value);
  const taken = await items().remove(app, name);
  if (taken === undefined) return;
  try {
    await providerSecrets.write(app, name, value);
  } catch (error) {
    // Secrets Manager deletes in the background: whoever wrote the item may just have had it delete this name.
    if (error instanceof AppError && error.code === "conflict") await items().putBack(taken);
    throw error;
  }
}

/** @returns false when the key cannot be used yet */
async function writeItem(
  key: SealingKey,
  app: string,
  name: CredentialName,
  value: object,
): Promise<boolean> {
  const { writeSealed } = await import("./sealed-credentials.ts");
  try {
    await writeSealed(app, name, value, key.arn);
  } catch (error) {
    if (!key.refusesYet(error)) throw error;
    const why = "the key was made a moment ago and cannot be used yet";
    log.warn("credentials are a secret this time", { app, provider: name, why });
    return false;
  }
  await providerSecrets.remove(app, name);
  if ((await items().find(app, name)) === undefined) await writeSealed(app, name, value, key.arn);
  return true;
}
