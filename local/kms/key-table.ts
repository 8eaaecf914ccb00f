import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

const KEY_BYTES = 32;

export type KeyTable = ReturnType<typeof openKeyTable>;

/** What each key is made of: made once, and kept with the rest of the state. */
export function openKeyTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS key (id TEXT PRIMARY KEY, material BLOB NOT NULL);
  `);
  const make = db.prepare("INSERT OR IGNORE INTO key (id, material) VALUES (?, ?)");
  const find = db.prepare("SELECT material FROM key WHERE id = ?");
  return {
    materialOf(id: string): Uint8Array {
      make.run(id, randomBytes(KEY_BYTES));
      return (find.get(id) as { material: Uint8Array }).material;
    },
    close: () => db.close(),
  };
}
