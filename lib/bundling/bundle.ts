import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BuildOptions, buildSync, type Metafile } from "esbuild";

/**
 * CommonJS dependencies inside an ESM bundle call `require`. The long name keeps clear of minified identifiers,
 * with which a short one collides.
 */
const BANNER =
  'import { createRequire as clarionCreateRequireForBundle } from "node:module"; const require = clarionCreateRequireForBundle(import.meta.url);';

const REPOSITORY = resolve(import.meta.dirname, "../..");

export const bundleOptions = (entry: string, outFolder: string): BuildOptions => ({
  absWorkingDir: REPOSITORY,
  entryPoints: { index: entry },
  outdir: outFolder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  conditions: ["module"],
  minify: true,
  keepNames: false,
  sourcemap: false,
  legalComments: "none",
  metafile: true,
  banner: { js: BANNER },
  logLevel: "warning",
});

export type Bundle = { folder: string; metafile: Metafile };

/** One function's bundle: the entry and its lazily loaded chunks. Deterministic: the same sources give the same bytes. */
export function bundle(name: string, entry: string, root = join(REPOSITORY, "dist/functions")): Bundle {
  const folder = join(root, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = buildSync(bundleOptions(entry, folder));
  return { folder, metafile: metafile as Metafile };
}

/** Bytes that are loaded when the function starts: the entry and what it imports statically. */
export function eagerBytes({ metafile }: Bundle): number {
  // Lazily loaded chunks have an entry point of their own.
  const entry = Object.keys(metafile.outputs).find((file) => file.endsWith("/index.mjs"));
  const seen = new Set<string>();
  const visit = (file: string): number => {
    const output = metafile.outputs[file];
    if (output === undefined || seen.has(file)) return 0;
    seen.add(file);
    const statics = output.imports.filter(({ kind }) => kind === "import-statement");
    return statics.reduce((sum, { path }) => sum + visit(path), output.bytes);
  };
  return entry === undefined ? 0 : visit(entry);
}
