/**
 * What every environment runs beside its bundle, as JavaScript: a process that must load TypeScript first takes 40 ms of
 * CPU more to start.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TransformOptions } from "esbuild";

const FOLDER = fileURLToPath(new URL("../../.clarion/environment", import.meta.url));
const OPTIONS: TransformOptions = { loader: "ts", format: "esm", target: "node24" };

/** The path of a module of this folder as JavaScript, made once per source. It may import nothing but Node's own. */
export function compiled(name: string, folder = FOLDER): string {
  const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
  const digest = createHash("sha256").update(JSON.stringify(OPTIONS)).update(source).digest("hex");
  const path = join(folder, `${name}-${digest.slice(0, 16)}.mjs`);
  if (!existsSync(path)) write(path, toJavaScript(source));
  return path;
}

/** Its compiler takes 13 ms to load, which only the first start of a clone needs. */
function toJavaScript(source: string): string {
  const { transformSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  return transformSync(source, OPTIONS).code;
}

/** Whole or not at all: others may be looking for it. */
function write(path: string, code: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const made = `${path}.${process.pid}`;
  writeFileSync(made, code);
  renameSync(made, path);
}
