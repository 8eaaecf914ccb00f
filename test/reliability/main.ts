import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { startWorld } from "../e2e/harness.ts";
import { type Fault, prepare, type Result, repeat } from "./campaign.ts";
import { DISPATCHER_POINTS, PLANNER_POINTS, SENDER_POINTS } from "./points.ts";

/**
 * npm run reliability [-- --kills 25] [--json]: a real SIGKILL at every point of a worker's life, again and again,
 * each followed by the audit; ends by itself after at most fifteen minutes.
 */
const { values } = parseArgs({
  options: { kills: { type: "string", default: "25" }, json: { type: "boolean", default: false } },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) throw new Error("--kills takes a whole number from 1 on");
const END_MS = performance.now() + 15 * 60_000;

const faults: Fault[] = [
  ...DISPATCHER_POINTS.map((point): Fault => ({ fn: "DispatchMobilePush", point })),
  ...PLANNER_POINTS.map((point): Fault => ({ fn: "Plan", point })),
  ...SENDER_POINTS.map((point): Fault => ({ fn: "Send", point })),
];

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function figuresOf({ fn, point }: Fault, { kills: reached, targets, extra, marks, recoveryS }: Result) {
  const sorted = [...recoveryS].sort((a, b) => a - b);
  return {
    fault: `${fn} ${point}`,
    kills: reached,
    targets,
    lost: targets - (marks.accepted ?? 0) - (marks.unknown ?? 0),
    sentTwicePer10000: Math.round((extra / targets) * 10_000),
    recoveryP50S: Math.round(at(sorted, 0.5)),
    recoveryP99S: Math.round(at(sorted, 0.99)),
  };
}

const world = await startWorld();
const campaign = await prepare(world, "campaign");
const figures: ReturnType<typeof figuresOf>[] = [];
for (const fault of faults) {
  if (performance.now() > END_MS) {
    console.error("fifteen minutes are over; the points below were not tried");
    break;
  }
  const row = figuresOf(fault, await repeat(campaign, fault, kills));
  figures.push(row);
  if (!values.json) console.log(Object.values(row).join(" | "));
}
await world.close();
const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
if (values.json) console.log(JSON.stringify({ figures, machine }));
process.exit(0);
