import { existsSync, globSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { synthesise } from "../local/template/synthesise.ts";

/**
 * npm test [-- words]: files whose path holds one of the words, all without any.
 * Two files at a time: the platform's own processes need the other half of the machine.
 */
type Stage = { name: string; files: string[]; concurrency: number };

const words = process.argv.slice(2);
const wanted = (file: string) => words.length === 0 || words.some((word) => file.includes(word));
const files = (pattern: string) => globSync(pattern).sort().filter(wanted);

const stages: Stage[] = [
  { name: "unit", files: files("test/unit/**/*.test.ts"), concurrency: 2 },
  { name: "architecture", files: files("test/architecture/**/*.test.ts"), concurrency: 2 },
  { name: "contract", files: files("test/contract/**/*.test.ts"), concurrency: 2 },
  { name: "security", files: files("test/security/**/*.test.ts"), concurrency: 2 },
  {
    name: "end to end",
    files: [...files("test/e2e/**/*.test.ts"), ...files("test/compatibility/**/*.test.ts")],
    concurrency: 1,
  },
  { name: "reliability", files: files("test/reliability/**/*.test.ts"), concurrency: 1 },
  { name: "browser", files: files("test/browser/**/*.test.ts"), concurrency: 1 },
  {
    name: "policy coverage",
    files: words.length === 0 ? ["test/policy-coverage/policy-coverage.test.ts"] : [],
    concurrency: 1,
  },
];

/** Roles' statements that end-to-end tests saw used; the last stage reads them. */
const coverageFolder = join(tmpdir(), `clarion-coverage-${process.pid}`);
mkdirSync(coverageFolder, { recursive: true });
process.env["CLARION_COVERAGE_FOLDER"] = coverageFolder;

const totals = { passed: 0, failed: 0, skipped: 0 };
const skips: string[] = [];

async function runStage({ name, files: list, concurrency }: Stage): Promise<void> {
  const present = list.filter((file) => existsSync(file));
  if (present.length === 0) return;
  console.log(`\n── ${name} (${present.length} files)`);
  const stream = run({ files: present, concurrency, timeout: 300_000 });
  stream.on("test:pass", ({ details, skip, name: test }) => {
    if (details.type === "suite") return;
    if (skip !== undefined && skip !== false) {
      totals.skipped++;
      skips.push(`${test}: ${skip === true ? "no reason given" : skip}`);
    } else totals.passed++;
  });
  stream.on("test:fail", ({ details }) => {
    if (details.type !== "suite") totals.failed++;
  });
  const reported = stream.compose(new spec());
  reported.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => reported.on("end", resolve).on("error", reject));
}

try {
  // Once for all files: they find the assembly in the cache.
  await synthesise({ outFolder: ".clarion/assemblies" });
  for (const stage of stages) await runStage(stage);
} finally {
  rmSync(coverageFolder, { recursive: true, force: true });
}
for (const skip of skips) console.log(`skipped: ${skip}`);
console.log(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ""}`,
);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
