import { parseArgs } from "node:util";
import { startWorld } from "../e2e/harness.ts";
import { prepare, repeat } from "./campaign.ts";
import { DEATHS, type Death, killProvider } from "./dead-provider.ts";
import { everywhere } from "./everywhere.ts";
import { freezeAndThaw } from "./freeze.ts";
import { FAULTS, type Point } from "./points.ts";
import { BACKLOG, FLOOD, type Pressure, press } from "./pressure.ts";
import { quantile } from "./probe.ts";
import { type Latency, machine, markdown, type Row, rowOf } from "./report.ts";
import { SCHEDULE_FAULTS, schedules } from "./schedules.ts";

const HELP = `npm run reliability -- [options]      every part ends in the audit; an hour or two, with --kills 25 seven minutes
  --kills N       a real SIGKILL at each of the 14 points, N times (500)
  --points WORDS  only those of these words, e.g. "Send,after the cursor"
  --everywhere N  targets sent while workers die at every point (2000)
  --share S       chance to die there, per point and invocation (0.02)
  --seed N        of these chances (drawn, and printed)
  --freezes N     SIGSTOP for 120 s of virtual time at each of three points (12)
  --flood N       notifications of an app, a hundred times another's (2000)
  --backlog N     targets of low priority in front of those of high (50000)
  --only WORDS    of: kills, everywhere, freezes, schedules, flood, backlog, dead
  --minutes N     begins nothing more after this (180)
  --json          one JSON document instead of tables
`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    everywhere: { type: "string", default: "2000" },
    share: { type: "string", default: "0.02" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    freezes: { type: "string", default: "12" },
    flood: { type: "string", default: "2000" },
    backlog: { type: "string", default: "50000" },
    only: { type: "string" },
    points: { type: "string", default: "" },
    minutes: { type: "string", default: "180" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

type NumberFlag = "kills" | "everywhere" | "seed" | "freezes" | "flood" | "backlog" | "minutes";

function whole(name: NumberFlag): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} takes a whole number`);
  return number;
}

const share = Number(values.share);
if (!(share >= 0 && share < 1)) throw new Error("--share takes a number from 0 to below 1");
const seed = whole("seed");
const endMs = performance.now() + whole("minutes") * 60_000;
const rows: Row[] = [];
const latencies: Latency[] = [];
const skipped: string[] = [];
const say = (text: string) => console.error(text);

function add(row: Row): void {
  rows.push(row);
  say(Object.values(row).join(" | "));
}

async function kills(): Promise<void> {
  const world = await startWorld();
  const campaign = await prepare(world, "kills");
  const points = values.points.split(",");
  const chosen = FAULTS.filter(({ fn, point }) => points.some((words) => `${fn} ${point}`.includes(words)));
  if (chosen.length === 0) throw new Error(`--points ${values.points} names no point`);
  for (const fault of chosen) {
    if (performance.now() > endMs) skipped.push(`${fault.fn} ${fault.point}`);
    else {
      const found = await repeat(campaign, fault, whole("kills"));
      add(rowOf(`${fault.fn} killed ${fault.point}`, found.kills, found, found.recoveryS));
    }
  }
  await world.close();
}

async function killsEverywhere(): Promise<void> {
  const world = await startWorld();
  const campaign = await prepare(world, "everywhere");
  const told = (done: number, dead: number) => say(`  ${done} targets, ${dead} kills`);
  const found = await everywhere(campaign, { targets: whole("everywhere"), share, seed, endMs, told });
  add(rowOf(`${share * 100} % at every point, seed ${seed}`, found.kills, found, found.recoveryS));
  await world.close();
}

async function freezes(): Promise<void> {
  const world = await startWorld();
  const campaign = await prepare(world, "frozen");
  const points: Point[] = ["after lease", "in mid-request", "before the outcomes are written"];
  for (const point of points) {
    const found = await freezeAndThaw(campaign, point, whole("freezes"));
    add(rowOf(`frozen ${point} for 120 s`, found.kills, found, found.recoveryS));
  }
  await world.close();
}

async function scheduleFaults(): Promise<void> {
  const world = await startWorld();
  const campaign = await prepare(world, "schedules");
  for (const fault of SCHEDULE_FAULTS) {
    const found = await schedules(campaign, fault, 25);
    add(rowOf(`a schedule that ${fault.name}`, 25, found, []));
  }
  await world.close();
}

async function pressed(under: string, pressure: Pressure): Promise<void> {
  const world = await startWorld();
  const found = await press(world, pressure);
  const ms = (list: readonly number[], part: number) => Math.round(quantile(list, part));
  latencies.push({
    under,
    targets: found.targets,
    aloneP50Ms: ms(found.aloneMs, 0.5),
    underP50Ms: ms(found.pressedMs, 0.5),
    aloneP99Ms: ms(found.aloneMs, 0.99),
    underP99Ms: ms(found.pressedMs, 0.99),
    worstMs: ms(found.pressedMs, 1),
  });
  add(rowOf(under, 1, found, []));
  say(`  ${JSON.stringify(latencies.at(-1))}, ${found.waiting} still waited`);
  await world.close();
}

async function deadProvider(): Promise<void> {
  for (const death of Object.keys(DEATHS) as Death[]) {
    const world = await startWorld();
    const found = await killProvider(world, death, 10);
    for (const { who, before, during, worstMs } of found.others) {
      latencies.push({
        under: `${who} while APNs ${death}`,
        targets: found.targets,
        aloneP50Ms: Math.round(before.p50Ms),
        underP50Ms: Math.round(during.p50Ms),
        aloneP99Ms: Math.round(before.p99Ms),
        underP99Ms: Math.round(during.p99Ms),
        worstMs: Math.round(worstMs),
      });
      say(`  ${JSON.stringify(latencies.at(-1))}`);
    }
    add(rowOf(`APNs ${death} for ten minutes`, 1, found, []));
    // Its troubles are the point of it.
    world.expectTrouble(/./);
    await world.close();
  }
}

/** Before and under pressure, to one person: beyond a hundred a minute the guard against bombing speaks. */
const MOST_PROBES = 40;

const flood = () => {
  const targets = whole("flood");
  const probes = Math.min(MOST_PROBES, Math.max(1, Math.round(targets / 100)));
  return pressed("a flood of another app", { ...FLOOD, targets, probes, latencyMs: 0 });
};
const backlog = () =>
  pressed("a backlog of low priority", {
    ...BACKLOG,
    targets: whole("backlog"),
    probes: MOST_PROBES,
    latencyMs: 2_000,
  });

const parts = {
  everywhere: killsEverywhere,
  freezes,
  schedules: scheduleFaults,
  dead: deadProvider,
  flood,
  backlog,
  // The longest, behind what a machine has to be quiet for.
  kills,
};
const wanted = values.only?.split(",") ?? Object.keys(parts);

if (values.help) process.stdout.write(HELP);
else {
  say(`seed ${seed}; ends within about ${values.minutes} minutes`);
  for (const [name, run] of Object.entries(parts)) {
    if (!wanted.includes(name)) continue;
    if (performance.now() > endMs) skipped.push(name);
    else await run();
  }
  if (values.json) console.log(JSON.stringify({ seed, machine: machine(), rows, latencies, skipped }));
  else
    console.log(
      [
        `${machine()}, seed ${seed}`,
        markdown(rows),
        markdown(latencies),
        ...skipped.map((one) => `not tried: ${one}`),
      ]
        .filter(Boolean)
        .join("\n\n"),
    );
}
process.exit(0);
