import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

const PACKAGE = "@dynoxide/linux-x64";

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Absent or not executable: the same to us, the next place is looked at.
    return false;
  }
}

function packaged(): string[] {
  try {
    return [join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), "dynoxide")];
  } catch {
    // An optional dependency: npm leaves it out on other platforms.
    return [];
  }
}

/** The engine of the npm package, else an installed one. */
export function findEngine(path = process.env["PATH"] ?? ""): string {
  const installed = path.split(delimiter).map((folder) => join(folder, "dynoxide"));
  const found = [...packaged(), ...installed].find(isExecutable);
  if (found) return found;
  throw new Error(
    `No DynamoDB engine for ${process.platform}-${process.arch}: put "dynoxide" on the PATH, or start DynamoDB Local and set CLARION_DYNAMODB_ENDPOINT=http://127.0.0.1:8000.`,
  );
}
