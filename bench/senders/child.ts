import { type Job, makeJob, TARGETS_PER_JOB } from "./jobs.ts";
import { SENDERS, type SenderName } from "./table.ts";

/** The process of one sender: it is given orders, sends, and says what that cost. */

export type Order = { jobs: number };
export type Cost = { cpuUs: number; ms: number; sent: number; accepted: number };
export type Told = { cost: Cost } | { failed: string };

/** What a sender still does after its last answer (streams and sessions that close) is its cost too. */
const AFTERWARDS_MS = 30;

const name = process.argv[2] as SenderName;
const { channel, make } = SENDERS[name];
const ca = process.env["BENCH_CA"]!;
const ports: Record<string, number> = JSON.parse(process.env["BENCH_PORTS"]!);
const ways = Object.fromEntries(Object.entries(ports).map(([host, port]) => [host, `127.0.0.1:${port}`]));
const sender = make({ ways, ca });

async function measure(count: number): Promise<Cost> {
  const { build, send } = await sender;
  const jobs: Job[] = Array.from({ length: count }, () => makeJob(channel));
  build?.(jobs);
  globalThis.gc?.();
  const before = process.cpuUsage();
  const startMs = performance.now();
  const accepted = await send(jobs);
  const ms = performance.now() - startMs;
  await new Promise((resolve) => setTimeout(resolve, AFTERWARDS_MS));
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: user + system, ms, sent: count * TARGETS_PER_JOB, accepted };
}

process.on("message", async ({ jobs }: Order) => {
  const told: Told = await measure(jobs).then(
    (cost) => ({ cost }),
    (error: Error) => ({ failed: error.stack ?? error.message }),
  );
  process.send!(told);
});
process.on("disconnect", () => process.exit(0));
