/**
 * What every environment runs beside its bundle, as JavaScript: a process that must load TypeScript first takes 40 ms of
 * CPU more to start.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TransformOptions, transformSync } from "esbuild";

const FOLDER = fileURLToPath(new URL("../../.clarion/environment", import.meta.url));
const OPTIONS: TransformOptions = { loader: "ts", format: "esm", target: "node24" };

const known = new Map<string, string>();

/** The path of a module of this folder as JavaScript, made once per source. It may import nothing but Node's own. */
export function compiled(name: string, folder = FOLDER): string {
  const found = known.get(join(folder, name));
  if (found !== undefined) return found;
  const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
  const digest = createHash("sha256").update(JSON.stringify(OPTIONS)).update(source).digest("hex");
  const path = join(folder, `${name}-${digest.slice(0, 16)}.mjs`);
  if (!existsSync(path)) write(path, transformSync(source, OPTIONS).code);
  known.set(join(folder, name), path);
  return path;
}

/** Whole or not at all: others may be looking for it. */
function write(path: string, code: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const made = `${path}.${process.pid}`;
  writeFileSync(made, code);
  renameSync(made, path);
}
