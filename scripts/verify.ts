import { spawn } from "node:child_process";

/** `npm run verify`: everything that can be checked without running the platform, side by side, offline. */
const CHECKS: Record<string, string[]> = {
  "lint and format": ["biome", "check", "--error-on-warnings", "."],
  types: ["tsc", "-p", "."],
  "import rule": [
    "depcruise",
    "--config",
    ".dependency-cruiser.json",
    "bin",
    "lib",
    "functions",
    "local",
    "api",
    "bench",
    "test",
  ],
  "dead code": ["knip", "--no-progress"],
  "bundle budgets": ["node", "scripts/bundle-budgets.ts"],
};

type Result = { name: string; code: number; output: string; ms: number };

function run(name: string, [command, ...args]: string[]): Promise<Result> {
  const startedMs = performance.now();
  const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (output += data.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ name, code: code ?? 1, output, ms: performance.now() - startedMs }),
    );
  });
}

const results = await Promise.all(Object.entries(CHECKS).map(([name, command]) => run(name, command)));
for (const { name, code, output, ms } of results) {
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${(ms / 1000).toFixed(1)} s)`);
  if (code !== 0) console.log(output);
}
process.exit(results.every(({ code }) => code === 0) ? 0 : 1);
