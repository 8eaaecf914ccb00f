import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { coldstart } from "./coldstart.ts";
import { cost } from "./cost.ts";
import { pipeline } from "./pipeline.ts";
import { senders } from "./senders.ts";

/** npm run bench -- <name> [--json]: one measurement, printed for people or as one JSON object. */
const BENCHES: Record<string, () => Promise<Record<string, number>>> = { coldstart, cost, pipeline, senders };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const name = positionals[0] ?? "";
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(
    `npm run bench -- <name> [--json]; measured in this version: ${Object.keys(BENCHES).join(", ")}`,
  );
  process.exit(2);
}
const figures = await bench();
const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
if (values.json) console.log(JSON.stringify({ bench: name, figures, machine }));
else {
  console.log(`${name} on ${machine}`);
  for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure.padEnd(24)} ${value}`);
}
process.exit(0);
