import { parseArgs } from "node:util";
import { startHttpWorld } from "../unit/platform/http-world.ts";
import { makeHttpApp } from "./http-app.ts";
import { FUZZED, fuzzOperation } from "./request-fuzzer.ts";

/** npm run fuzz -- --requests 5000 [--seed n] [--operation id]: exits with 1 when an answer was not as described. */
const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "5000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    operation: { type: "string" },
  },
});
const run = { requests: Number(values.requests), seed: Number(values.seed) };
if (!(run.requests >= 1 && Number.isSafeInteger(run.seed)))
  throw new Error("--requests and --seed take whole numbers");
const operations = FUZZED.filter(({ id }) => values.operation === undefined || id === values.operation);
if (operations.length === 0) throw new Error(`there is no operation ${values.operation}`);

const world = await startHttpWorld();
let wrong = 0;
for (const [n, operation] of operations.entries()) {
  // Apps of its own: thousands of notifications of the last operation would be searched through by each list.
  const [app, victim] = [await makeHttpApp(world, `fuzz-${n}`), await makeHttpApp(world, `victim-${n}`)];
  const on = { world, app, victim };
  const { findings, statuses } = await fuzzOperation(on, operation, run);
  wrong += findings.length;
  const told = { operation: operation.id, seed: run.seed, statuses, findings: findings.slice(0, 5) };
  console.log(JSON.stringify(told));
}
await world.close();
console.log(
  `${operations.length} operations, ${run.requests} requests each, ${wrong} answers not as described`,
);
process.exitCode = wrong === 0 ? 0 : 1;
