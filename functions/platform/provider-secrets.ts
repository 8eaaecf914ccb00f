import {
  CreateSecretCommand,
  DeleteSecretCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-secrets-manager";
import type { CredentialName } from "../core/app/provider-input.ts";
import { AppError } from "../core/errors/app-error.ts";
import { CHANNEL_OF } from "../core/words.ts";
import { ENV } from "../names.ts";
import { need } from "./env.ts";
import { secretsClient } from "./own-secrets.ts";

/** The app's own token secret is read by the socket's authorizer. */
const channelOf = (name: CredentialName): string => (name === "jwt" ? "inApp" : CHANNEL_OF[name]);

const nameOf = (app: string, name: CredentialName): string =>
  `${need(ENV.secretPrefix)}/${channelOf(name)}/${app}/${name}`;

/** Writes a secret, new or anew. @throws AppError conflict while one of this name is still being deleted */
export async function writeSecret(app: string, name: CredentialName, value: object): Promise<void> {
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

/** Deletes a secret for good, so that the same name can be used again; one that is not there is deleted already. */
export async function deleteSecret(app: string, name: CredentialName): Promise<void> {
  try {
    await secretsClient().send(
      new DeleteSecretCommand({ SecretId: nameOf(app, name), ForceDeleteWithoutRecovery: true }),
    );
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
