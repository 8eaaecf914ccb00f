import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-secrets-manager";
import type { CredentialName } from "../core/app/provider-input.ts";
import { AppError } from "../core/errors/app-error.ts";
import { ENV } from "../names.ts";
import { channelOf, type KeptCredentials } from "./credential-store.ts";
import { need } from "./env.ts";
import { secretsClient } from "./own-secrets.ts";

/** Credentials in Secrets Manager: a secret for each provider of each app. */
const nameOf = (app: string, name: CredentialName): string =>
  `${need(ENV.secretPrefix)}/${channelOf(name)}/${app}/${name}`;

export async function read(app: string, name: CredentialName): Promise<KeptCredentials | undefined> {
  try {
    const { SecretString, VersionId } = await secretsClient().send(
      new GetSecretValueCommand({ SecretId: nameOf(app, name) }),
    );
    return SecretString === undefined ? undefined : { text: SecretString, version: VersionId ?? "" };
  } catch (error) {
    // The second is a secret that waits for its deletion.
    if (error instanceof ResourceNotFoundException || error instanceof InvalidRequestException)
      return undefined;
    throw error;
  }
}

/** @throws AppError conflict while older ones of this name are still being deleted */
export async function write(app: string, name: CredentialName, value: object): Promise<void> {
  const [id, SecretString] = [nameOf(app, name), JSON.stringify(value)];
  try {
    await secretsClient().send(new CreateSecretCommand({ Name: id, SecretString }));
  } catch (error) {
    if (error instanceof InvalidRequestException) throw stillDeleting(name);
    if (!(error instanceof ResourceExistsException)) throw error;
    await secretsClient().send(new PutSecretValueCommand({ SecretId: id, SecretString }));
  }
}

/** Secrets Manager deletes in the background, even without a recovery window. */
const stillDeleting = (name: CredentialName): AppError =>
  new AppError("conflict", `the credentials of ${name} were deleted a moment ago: send this again`, {
    retryAfterS: 5,
  });

/** For good, so that the same name can be used again. */
export async function remove(app: string, name: CredentialName): Promise<void> {
  try {
    await secretsClient().send(
      new DeleteSecretCommand({ SecretId: nameOf(app, name), ForceDeleteWithoutRecovery: true }),
    );
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
