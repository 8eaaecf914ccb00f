import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export class StateInUseError extends Error {
  override readonly name = "StateInUseError";
}

const SQLITE_BUSY = 5;

/**
 * Holds a state folder for this process alone: two runtimes on the same tables would answer each other's calls, and
 * `--fresh` of one would take the ground from under the other. SQLite's lock ends with the process, however it ends.
 * @returns the release
 * @throws StateInUseError when another process holds it
 */
export function lockState(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, "lock.sqlite"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new StateInUseError(
      `another Clarion keeps its state in ${folder}: stop it, or give this one a folder of its own: --state DIR`,
    );
  }
  return () => lock.close();
}
