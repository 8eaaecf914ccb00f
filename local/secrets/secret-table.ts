import { DatabaseSync } from "node:sqlite";

export type SecretRow = {
  arn: string;
  name: string;
  description: string | null;
  created_at: number;
  changed_at: number;
  deleted_at: number | null;
};
export type VersionRow = {
  arn: string;
  version_id: string;
  text: string | null;
  /** base64 */
  binary: string | null;
  /** JSON array: AWSCURRENT, AWSPREVIOUS, own names. */
  stages: string;
  created_at: number;
};

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS secret (
    arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT,
    created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, deleted_at INTEGER
  );
  CREATE TABLE IF NOT EXISTS version (
    arn TEXT NOT NULL, version_id TEXT NOT NULL, text TEXT, binary TEXT, stages TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY (arn, version_id)
  );
`;

export type SecretTable = ReturnType<typeof openSecretTable>;

export function openSecretTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  const find = db.prepare("SELECT * FROM secret WHERE arn = :id OR name = :id");
  const all = db.prepare("SELECT * FROM secret ORDER BY name");
  const insert = db.prepare(
    "INSERT INTO secret (arn, name, description, created_at, changed_at) VALUES (:arn, :name, :description, :created_at, :changed_at)",
  );
  const touch = db.prepare(
    "UPDATE secret SET changed_at = :at, description = coalesce(:description, description) WHERE arn = :arn",
  );
  const markDeleted = db.prepare("UPDATE secret SET deleted_at = ? WHERE arn = ?");
  const removeSecret = db.prepare("DELETE FROM secret WHERE arn = ?");
  const removeVersions = db.prepare("DELETE FROM version WHERE arn = ?");
  const versions = db.prepare("SELECT * FROM version WHERE arn = ? ORDER BY created_at, rowid");
  const putVersion = db.prepare(
    "INSERT OR REPLACE INTO version (arn, version_id, text, binary, stages, created_at) VALUES (:arn, :version_id, :text, :binary, :stages, :created_at)",
  );
  const setStages = db.prepare("UPDATE version SET stages = ? WHERE arn = ? AND version_id = ?");
  return {
    find: (id: string) => find.get({ id }) as SecretRow | undefined,
    all: () => all.all() as SecretRow[],
    insert: (row: Omit<SecretRow, "deleted_at">) => insert.run(row),
    touch: (arn: string, at: number, description: string | null = null) =>
      touch.run({ arn, at, description }),
    markDeleted: (arn: string, at: number | null) => markDeleted.run(at, arn),
    remove(arn: string) {
      removeVersions.run(arn);
      removeSecret.run(arn);
    },
    versions: (arn: string) => versions.all(arn) as VersionRow[],
    putVersion: (row: VersionRow) => putVersion.run(row),
    setStages: (arn: string, versionId: string, stages: string[]) =>
      setStages.run(JSON.stringify(stages), arn, versionId),
    close: () => db.close(),
  };
}
