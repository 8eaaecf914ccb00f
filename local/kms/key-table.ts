import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

const KEY_BYTES = 32;

/** A key that somebody made at run time. */
export type MadeKeyRow = { id: string; createdAtMs: number };

export type KeyTable = ReturnType<typeof openKeyTable>;

/** What each key is made of, which keys were made at run time, and what was said of any of them since. */
export function openKeyTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS key (id TEXT PRIMARY KEY, material BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS made (id TEXT PRIMARY KEY, createdAtMs INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS tag (id TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (id, name));
    CREATE TABLE IF NOT EXISTS rotating (id TEXT PRIMARY KEY);
  `);
  const makeMaterial = db.prepare("INSERT OR IGNORE INTO key (id, material) VALUES (?, ?)");
  const findMaterial = db.prepare("SELECT material FROM key WHERE id = ?");
  const addMade = db.prepare("INSERT INTO made (id, createdAtMs) VALUES (:id, :createdAtMs)");
  const allMade = db.prepare("SELECT id, createdAtMs FROM made ORDER BY createdAtMs, id");
  const setTag = db.prepare("INSERT OR REPLACE INTO tag (id, name, value) VALUES (?, ?, ?)");
  const findTags = db.prepare("SELECT name, value FROM tag WHERE id = ?");
  const setRotating = db.prepare("INSERT OR IGNORE INTO rotating (id) VALUES (?)");
  const findRotating = db.prepare("SELECT id FROM rotating WHERE id = ?");
  return {
    materialOf(id: string): Uint8Array {
      makeMaterial.run(id, randomBytes(KEY_BYTES));
      return (findMaterial.get(id) as { material: Uint8Array }).material;
    },
    addMade: (row: MadeKeyRow) => addMade.run(row),
    made: () => allMade.all() as MadeKeyRow[],
    setTag: (id: string, name: string, value: string) => setTag.run(id, name, value),
    tagsOf: (id: string): Record<string, string> =>
      Object.fromEntries(
        (findTags.all(id) as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
      ),
    setRotating: (id: string) => setRotating.run(id),
    isRotating: (id: string): boolean => findRotating.get(id) !== undefined,
    close: () => db.close(),
  };
}
