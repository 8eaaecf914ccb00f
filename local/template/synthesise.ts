/** Runs the CDK app into a folder named after what it was made of, so that nothing is synthesised twice. */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join, resolve } from "node:path";

export type SynthesiseOptions = {
  /** Holds one assembly per digest. */
  outFolder: string;
  context?: Record<string, unknown>;
  /** The repository; the app runs there. */
  root?: string;
  app?: string;
  /** Files and folders that decide what the app makes. */
  inputs?: string[];
  environment?: Record<string, string>;
};

const DEFAULT_INPUTS = [
  "bin",
  "lib",
  "functions",
  "api",
  "cdk.json",
  "clarion.config.ts",
  "package-lock.json",
  "tsconfig.json",
];
const KEPT_ASSEMBLIES = 5;

/** The app or one of its checks failed; the message holds what it printed. */
export class SynthesisError extends Error {
  override readonly name = "SynthesisError";
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function contextOf(root: string, context: Record<string, unknown>): Record<string, unknown> {
  const file = join(root, "cdk.json");
  const flags = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).context ?? {}) : {};
  return { ...flags, "aws:cdk:enable-asset-metadata": true, ...context };
}

function digestOf(files: string[], rest: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(rest)).update(process.version);
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** The operator's own variables may decide what the app makes, too. */
function ownVariables(): [string, string | undefined][] {
  return Object.entries(process.env)
    .filter(([name]) => name.startsWith("CLARION_"))
    .sort();
}

function runApp(root: string, app: string, environment: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [app], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => printed.push(chunk));
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return done();
      const text = Buffer.concat(printed).toString("utf8");
      reject(new SynthesisError(`${app} exited with status ${code}:\n${text}`));
    });
  });
}

function forgetOldAssemblies(outFolder: string): void {
  const folders = readdirSync(outFolder)
    .map((name) => join(outFolder, name))
    .map((path) => ({ path, usedMs: statSync(path).mtimeMs }))
    .sort((left, right) => right.usedMs - left.usedMs);
  for (const { path } of folders.slice(KEPT_ASSEMBLIES)) rmSync(path, { recursive: true, force: true });
}

function keep(made: string, target: string): void {
  try {
    renameSync(made, target);
  } catch (error) {
    // Somebody else synthesised the same inputs meanwhile; theirs is as good.
    if (!existsSync(join(target, "manifest.json"))) throw error;
    rmSync(made, { recursive: true, force: true });
  }
}

/** Answers the folder of the assembly. */
export async function synthesise(options: SynthesiseOptions): Promise<string> {
  const root = resolve(options.root ?? process.cwd());
  const app = options.app ?? "bin/app.ts";
  const inputs = [app, ...(options.inputs ?? DEFAULT_INPUTS)].map((path) => resolve(root, path));
  const context = contextOf(root, options.context ?? {});
  const { environment = {} } = options;
  const outFolder = resolve(root, options.outFolder);
  const target = join(
    outFolder,
    digestOf(inputs.flatMap(filesUnder), { context, environment, own: ownVariables() }),
  );
  if (existsSync(join(target, "manifest.json"))) {
    // The least recently used are forgotten first.
    utimesSync(target, new Date(), new Date());
    return target;
  }
  mkdirSync(outFolder, { recursive: true });
  const made = `${target}.${process.pid}`;
  await runApp(root, app, { ...environment, CDK_OUTDIR: made, CDK_CONTEXT_JSON: JSON.stringify(context) });
  keep(made, target);
  forgetOldAssemblies(outFolder);
  return target;
}
