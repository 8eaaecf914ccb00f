import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin");
const PLANTED = "planted-violation-";

type Summary = {
  violations: { from: string; to: string; rule: { name: string } }[];
  totalCruised: number;
};

/** The cruiser exits with the number of errors, so a failing exit still has its report on stdout. */
async function cruise(): Promise<Summary> {
  const args = ["--config", ".dependency-cruiser.json", "--output-type", "json"];
  const options = {
    cwd: ROOT,
    maxBuffer: 256 * 1024 * 1024,
    // Its parser is chosen by what it finds on the path of the project's own Node.
    env: { ...process.env, PATH: `${BIN}:${process.env["PATH"] ?? ""}` },
  };
  const run = promisify(execFile)(
    join(BIN, "depcruise"),
    [...args, "bin", "lib", "functions", "local"],
    options,
  );
  const { stdout } = await run.catch((error: Error & { stdout?: string; stderr?: string }) => {
    if (error.stdout?.startsWith("{")) return { stdout: error.stdout };
    throw new Error(`depcruise gave no report: ${error.message}\n${error.stderr ?? ""}`);
  });
  return (JSON.parse(stdout) as { summary: Summary }).summary;
}

const said = ({ violations }: Summary) =>
  violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);

test("no module imports what its layer must not know", async () => {
  const summary = await cruise();
  // A cruiser that can read nothing finds no violation either.
  assert.ok(summary.totalCruised > 200, `only ${summary.totalCruised} modules were read`);
  assert.deepEqual(said(summary), []);
});

test("a violation is found", async () => {
  const file = `functions/core/${PLANTED}${process.pid}.ts`;
  const path = join(ROOT, file);
  try {
    writeFileSync(path, 'import * as table from "../storage/table.ts";\n\nexport const planted = table;\n');
    const summary = await cruise();
    assert.ok(
      summary.violations.some(
        ({ rule, from, to }) =>
          rule.name === "core-knows-nothing" && from === file && to === "functions/storage/table.ts",
      ),
      `core-knows-nothing did not fire: ${said(summary).join("; ") || "no violation"}`,
    );
  } finally {
    rmSync(path, { force: true });
  }
});

/** Libraries that one provider alone is made with. */
const OWN_LIBRARIES: Record<string, RegExp[]> = {
  ses: [/^@aws-sdk\/client-ses$/, /^nodemailer\/lib\/mail-composer$/],
  sns: [/^@aws-sdk\/client-(sns|pinpoint-sms-voice-v2|service-quotas)$/],
};

/** For each layer the targets it may import: paths from the root, packages by name, built-ins as `node:…`. */
const LAYERS: { of: RegExp; may?: (own: string) => RegExp[]; never?: RegExp[] }[] = [
  {
    of: /^functions\/core\//,
    may: () => [/^functions\/core\//, /^zod(\/|$)/, /^node:(crypto|net|url)$/],
  },
  {
    of: /^functions\/providers\/([^/]+)\//,
    may: (own) => [
      new RegExp(`^functions/providers/(${own}|transport|vendor)/`),
      /^functions\/core\//,
      /^node:/,
      ...(OWN_LIBRARIES[own] ?? []),
    ],
  },
  {
    of: /^functions\/storage\//,
    may: () => [/^functions\/(storage|core)\//, /^functions\/names\.ts$/, /^@aws-sdk\//, /^node:crypto$/],
  },
  { of: /^functions\/platform\//, never: [/^(functions\/handlers|lib|bin|local|test|bench)\//] },
  { of: /^functions\/handlers\//, never: [/^(functions\/providers|lib|bin|local|test|bench)\//] },
  {
    of: /^(lib|bin)\//,
    never: [/^functions\/(?!names\.ts$)/, /^(local|test|bench)\//],
  },
  { of: /^local\//, never: [/^(functions|lib|bin|test|bench)\//] },
];

const BUILT_IN = new Set(builtinModules);

/** What an import names, as the layers write it. */
function target(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return relative(ROOT, resolve(ROOT, from, "..", specifier));
  return BUILT_IN.has(specifier) ? `node:${specifier}` : specifier;
}

function refused(from: string, specifier: string): boolean {
  const to = target(from, specifier);
  return LAYERS.some(({ of, may, never }) => {
    const match = of.exec(from);
    if (match === null) return false;
    const allowed = may?.(match[1] ?? "");
    return (
      (allowed !== undefined && !allowed.some((one) => one.test(to))) || !!never?.some((one) => one.test(to))
    );
  });
}

/** Static, side-effect and dynamic imports, and re-exports; not `Buffer.from("…")`. */
const IMPORT = /\b(?:from\s+|import\s+|import\s*\(\s*)"([^"\n]+)"/g;

function* imports(folder: string): Generator<[file: string, specifier: string]> {
  for (const entry of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts") || entry.includes(PLANTED)) continue;
    const text = readFileSync(join(ROOT, folder, entry), "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
    for (const [, specifier] of text.matchAll(IMPORT)) yield [join(folder, entry), specifier!];
  }
}

test("types keep to the layers as well, which the cruiser does not see", () => {
  const found = ["functions", "lib", "bin", "local"].flatMap((folder) => [...imports(folder)]);
  assert.ok(found.length > 800, `only ${found.length} imports were read`);
  const wrong = found.filter(([file, specifier]) => refused(file, specifier));
  assert.deepEqual(
    wrong.map(([file, specifier]) => `${file} imports ${specifier}`),
    [],
  );
});

test("the scan of types refuses what each layer must not know", () => {
  const bad: [string, string][] = [
    ["functions/core/plan/decide.ts", "../../storage/table.ts"],
    ["functions/core/plan/decide.ts", "../../names.ts"],
    ["functions/core/plan/decide.ts", "@aws-sdk/client-dynamodb"],
    ["functions/core/plan/decide.ts", "node:fs"],
    ["functions/core/plan/decide.ts", "fs"],
    ["functions/providers/apns/apns.ts", "../fcm/fcm.ts"],
    ["functions/providers/apns/apns.ts", "../../storage/table.ts"],
    ["functions/providers/transport/pool.ts", "../apns/apns.ts"],
    ["functions/storage/table.ts", "../platform/log.ts"],
    ["functions/storage/table.ts", "../providers/apns/apns.ts"],
    ["functions/platform/http.ts", "../handlers/http/send.ts"],
    ["functions/handlers/http/send.ts", "../../providers/apns/apns.ts"],
    ["lib/constructs/parts.ts", "../../functions/core/words.ts"],
    ["local/main.ts", "../functions/names.ts"],
    ["local/main.ts", "../lib/config/config.ts"],
  ];
  for (const [file, specifier] of bad) assert.ok(refused(file, specifier), `${file} may import ${specifier}`);
  assert.ok(!refused("lib/constructs/parts.ts", "../../functions/names.ts"));
});
