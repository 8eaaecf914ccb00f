/** The virtual clock's offset where every environment can read it at once, also the one that has just been woken. */

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type ClockFile = { path: string; write(offsetMs: number): void; close(): void };

export function createClockFile(offsetMs: number): ClockFile {
  const folder = mkdtempSync(join(tmpdir(), "clarion-clock-"));
  const path = join(folder, "offset");
  const file = openSync(path, "w");
  // Eight bytes in place: a reader never finds half a number.
  const write = (value: number) => void writeSync(file, Float64Array.of(value), 0, 8, 0);
  write(offsetMs);
  return {
    path,
    write,
    close() {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
