import { randomBytes, randomUUID } from "node:crypto";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "../door/aws-error.ts";
import type { Place } from "../iam/demand.ts";
import type { Secret } from "../template/model.ts";
import { firstValue } from "./generate.ts";
import { openSecretTable, type SecretRow, type SecretTable, type VersionRow } from "./secret-table.ts";

const DAY_MS = 86_400_000;
const DEFAULT_RECOVERY_DAYS = 30;
const MAX_VALUE_BYTES = 65_536;
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

export type SecretsOptions = {
  file: string;
  clock: VirtualClock;
  place: Place;
  secrets: readonly Secret[];
};

type Core = SecretsOptions & { table: SecretTable };
export type SecretValue = { SecretString?: string; SecretBinary?: string | Uint8Array };
type Identified = { SecretId: string };
type Put = Identified & SecretValue & { ClientRequestToken?: string; VersionStages?: string[] };

const notFound = () =>
  new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
const stagesOf = (version: VersionRow) => JSON.parse(version.stages) as string[];

/** A deleted secret exists until its recovery window is over. */
function lookUp(core: Core, id: string): SecretRow | undefined {
  const row = core.table.find(id);
  if (row?.deleted_at == null || row.deleted_at > core.clock.now()) return row;
  core.table.remove(row.arn);
  return undefined;
}

function requireSecret(core: Core, id: string | undefined): SecretRow {
  const row = id === undefined ? undefined : lookUp(core, id);
  if (!row) throw notFound();
  return row;
}

function requireLive(core: Core, id: string | undefined): SecretRow {
  const row = requireSecret(core, id);
  if (row.deleted_at === null) return row;
  throw new AwsError(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

function bytesToBase64(value: string | Uint8Array | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : Buffer.from(value).toString("base64");
}

function requireValue(value: SecretValue): void {
  const bytes = Buffer.byteLength(value.SecretString ?? bytesToBase64(value.SecretBinary) ?? "");
  if (bytes > MAX_VALUE_BYTES)
    throw new AwsError("ValidationException", `The secret value is over ${MAX_VALUE_BYTES} bytes.`);
}

/** AWSCURRENT moves to the new version, AWSPREVIOUS to the one that had it. */
function moveStages(core: Core, arn: string, stages: string[]): void {
  for (const version of core.table.versions(arn)) {
    const had = stagesOf(version);
    let kept = had.filter((stage) => !stages.includes(stage));
    if (stages.includes("AWSCURRENT")) {
      kept = kept.filter((stage) => stage !== "AWSPREVIOUS");
      if (had.includes("AWSCURRENT")) kept.push("AWSPREVIOUS");
    }
    core.table.setStages(arn, version.version_id, kept);
  }
}

function addVersion(core: Core, arn: string, input: Omit<Put, "SecretId">): VersionRow {
  requireValue(input);
  const version_id = input.ClientRequestToken ?? randomUUID();
  const text = input.SecretString ?? null;
  const binary = bytesToBase64(input.SecretBinary);
  const known = core.table.versions(arn).find((version) => version.version_id === version_id);
  if (known) {
    // The same token with the same value is the same request again.
    if (known.text === text && known.binary === binary) return known;
    throw new AwsError(
      "ResourceExistsException",
      "You can't use ClientRequestToken because that value is already in use for a version of this secret.",
    );
  }
  const stages = input.VersionStages ?? ["AWSCURRENT"];
  moveStages(core, arn, stages);
  const row = { arn, version_id, text, binary, stages: JSON.stringify(stages), created_at: core.clock.now() };
  core.table.putVersion(row);
  core.table.touch(arn, core.clock.now());
  return row;
}

const versionAnswer = (secret: SecretRow, version: VersionRow) => ({
  ARN: secret.arn,
  Name: secret.name,
  VersionId: version.version_id,
  VersionStages: stagesOf(version),
});

function getSecretValue(core: Core, input: Identified & { VersionId?: string; VersionStage?: string }) {
  const secret = requireLive(core, input.SecretId);
  const stage = input.VersionStage ?? (input.VersionId ? undefined : "AWSCURRENT");
  const version = core.table
    .versions(secret.arn)
    .find(
      (candidate) =>
        (input.VersionId === undefined || candidate.version_id === input.VersionId) &&
        (stage === undefined || stagesOf(candidate).includes(stage)),
    );
  if (!version) {
    const wanted = input.VersionId ? `VersionId: ${input.VersionId}` : `staging label: ${stage}`;
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  return {
    ...versionAnswer(secret, version),
    CreatedDate: version.created_at / 1000,
    ...(version.text !== null && { SecretString: version.text }),
    ...(version.binary !== null && { SecretBinary: version.binary }),
  };
}

type Create = SecretValue & { Name: string; Description?: string; ClientRequestToken?: string };

function insertSecret(core: Core, arn: string, name: string, description: string | null): void {
  const nowMs = core.clock.now();
  core.table.insert({ arn, name, description, created_at: nowMs, changed_at: nowMs });
}

function createSecret(core: Core, input: Create) {
  if (!NAME.test(input.Name ?? "")) {
    throw new AwsError(
      "ValidationException",
      `Invalid name "${input.Name}": letters, digits and /_+=.@- only.`,
    );
  }
  const known = lookUp(core, input.Name);
  if (known) return sameCreate(core, known, input);
  const suffix = randomBytes(3).toString("hex");
  const arn = `arn:aws:secretsmanager:${core.place.region}:${core.place.account}:secret:${input.Name}-${suffix}`;
  requireValue(input);
  insertSecret(core, arn, input.Name, input.Description ?? null);
  const hasValue = input.SecretString !== undefined || input.SecretBinary !== undefined;
  if (!hasValue) return { ARN: arn, Name: input.Name };
  const { version_id } = addVersion(core, arn, input);
  return { ARN: arn, Name: input.Name, VersionId: version_id };
}

function sameCreate(core: Core, known: SecretRow, input: Create) {
  if (known.deleted_at !== null) {
    throw new AwsError(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const version = core.table.versions(known.arn).find((row) => row.version_id === input.ClientRequestToken);
  if (
    version &&
    version.text === (input.SecretString ?? null) &&
    version.binary === bytesToBase64(input.SecretBinary)
  ) {
    return { ARN: known.arn, Name: known.name, VersionId: version.version_id };
  }
  throw new AwsError(
    "ResourceExistsException",
    `The operation failed because the secret ${input.Name} already exists.`,
  );
}

function putSecretValue(core: Core, input: Put) {
  const secret = requireLive(core, input.SecretId);
  return versionAnswer(secret, addVersion(core, secret.arn, input));
}

function updateSecret(core: Core, input: Put & { Description?: string }) {
  const secret = requireLive(core, input.SecretId);
  if (input.Description !== undefined) core.table.touch(secret.arn, core.clock.now(), input.Description);
  const answer = { ARN: secret.arn, Name: secret.name };
  if (input.SecretString === undefined && input.SecretBinary === undefined) return answer;
  return { ...answer, VersionId: addVersion(core, secret.arn, input).version_id };
}

type Delete = Identified & { RecoveryWindowInDays?: number; ForceDeleteWithoutRecovery?: boolean };

function deleteSecret(core: Core, input: Delete) {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (force && days !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    throw new AwsError(
      "InvalidParameterException",
      "RecoveryWindowInDays must be between 7 and 30 days (inclusive).",
    );
  }
  const secret = force ? requireSecret(core, input.SecretId) : requireLive(core, input.SecretId);
  const deletionMs = core.clock.now() + (force ? 0 : (days ?? DEFAULT_RECOVERY_DAYS) * DAY_MS);
  if (force) core.table.remove(secret.arn);
  else core.table.markDeleted(secret.arn, deletionMs);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletionMs / 1000 };
}

function restoreSecret(core: Core, input: Identified) {
  const secret = requireSecret(core, input.SecretId);
  core.table.markDeleted(secret.arn, null);
  return { ARN: secret.arn, Name: secret.name };
}

function describe(core: Core, secret: SecretRow) {
  const versions = core.table.versions(secret.arn).filter((version) => stagesOf(version).length > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description !== null && { Description: secret.description }),
    CreatedDate: secret.created_at / 1000,
    LastChangedDate: secret.changed_at / 1000,
    ...(secret.deleted_at !== null && { DeletedDate: secret.deleted_at / 1000 }),
    VersionIdsToStages: Object.fromEntries(
      versions.map((version) => [version.version_id, stagesOf(version)]),
    ),
  };
}

type Filter = { Key?: string; Values?: string[] };

/** The `name` filter matches beginnings, others are refused rather than ignored. */
function listSecrets(core: Core, input: { Filters?: Filter[]; IncludePlannedDeletion?: boolean }) {
  const names = (input.Filters ?? []).flatMap((filter) => {
    if (filter.Key === "name") return filter.Values ?? [];
    throw new AwsError(
      "InvalidParameterException",
      `The filter "${filter.Key}" is not served locally; use "name".`,
    );
  });
  const rows = core.table
    .all()
    .filter((row) => input.IncludePlannedDeletion || row.deleted_at === null)
    .filter((row) => names.length === 0 || names.some((name) => row.name.startsWith(name)));
  return {
    SecretList: rows.map((row) => {
      const { VersionIdsToStages, ...entry } = describe(core, row);
      return { ...entry, SecretVersionsToStages: VersionIdsToStages };
    }),
  };
}

export type Secrets = ReturnType<typeof createSecrets>;

/** The template's secrets get their first value once; after that the state folder has them. */
export function createSecrets(options: SecretsOptions) {
  const core: Core = { ...options, table: openSecretTable(options.file) };
  for (const secret of options.secrets) {
    if (core.table.find(secret.arn)) continue;
    insertSecret(core, secret.arn, secret.name, null);
    const value = firstValue(secret);
    if (value !== undefined) addVersion(core, secret.arn, { SecretString: value });
  }
  return {
    getSecretValue: (input: Parameters<typeof getSecretValue>[1]) => getSecretValue(core, input),
    createSecret: (input: Create) => createSecret(core, input),
    putSecretValue: (input: Put) => putSecretValue(core, input),
    updateSecret: (input: Put & { Description?: string }) => updateSecret(core, input),
    deleteSecret: (input: Delete) => deleteSecret(core, input),
    restoreSecret: (input: Identified) => restoreSecret(core, input),
    describeSecret: (input: Identified) => describe(core, requireSecret(core, input.SecretId)),
    listSecrets: (input: Parameters<typeof listSecrets>[1]) => listSecrets(core, input),
    /** The full ARN of a secret given by name or ARN. */
    arnOf: (id: string) => lookUp(core, id)?.arn,
    close: () => core.table.close(),
  };
}
