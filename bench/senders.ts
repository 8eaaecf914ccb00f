import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "../local/fakes/certificates.ts";
import { addressFigures } from "./addresses.ts";
import type { Cost } from "./senders/child.ts";
import { FAKE_HOSTS } from "./senders/hosts.ts";
import { installPeers } from "./senders/install-peers.ts";
import { TARGETS_PER_JOB } from "./senders/jobs.ts";
import { type Fake, type SenderProcess, startFake, startSender } from "./senders/processes.ts";
import { answersPerSecond } from "./senders/prove.ts";
import { SENDERS, type SenderName } from "./senders/table.ts";
import { vendorFigures } from "./vendors.ts";

const ROUNDS = 9;
const LATENCY_MS = 60;
const LEAST_ANSWERS_PER_S = 80_000;
const PROOFS = 3;

/** Jobs of a round: about a second for each sender. */
const JOBS: Record<SenderName, number> = {
  ...{ apns: 40, apns_floor: 40, node_apn: 40, node_apn_multicast: 40, fcm: 40, firebase_admin: 40 },
  ...{ webpush: 6, web_push: 6 },
};
/** Rounds with latency are bound by it; the rate is what they are for. */
const LATENT: readonly SenderName[] = ["fcm", "firebase_admin"];
const LATENT_JOBS = 10;

/** `npm run bench -- senders`: what a send costs through Clarion's senders, and through others'. */
export async function senders(): Promise<Record<string, number>> {
  installPeers();
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const fake = startFake();
  const running: SenderProcess[] = [];
  try {
    const { key, cert, caFile } = await makeCertificates(folder);
    const { ports } = await fake.tell({ kind: "start", key, cert, hosts: FAKE_HOSTS });
    const fakeAnswers = await proveFake(ports, cert);
    for (const name of Object.keys(SENDERS) as SenderName[])
      running.push(startSender(name, { ports, ca: cert, caFile }));
    const costs = await measure(fake, running, (name) => JOBS[name]);
    await fake.tell({ kind: "delay", ms: LATENCY_MS });
    const latent = running.filter(({ name }) => LATENT.includes(name));
    const latentCosts = await measure(fake, latent, () => LATENT_JOBS);
    return {
      ...figuresOf(costs, latentCosts, fakeAnswers),
      ...(await vendorFigures()),
      ...(await addressFigures()),
    };
  } finally {
    for (const sender of running) sender.close();
    fake.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when the fake is too slow to tell senders apart */
async function proveFake(ports: Record<string, number>, ca: string): Promise<number> {
  const [host, port] = Object.entries(ports)[0]!;
  let best = 0;
  for (let proof = 0; proof < PROOFS && best < LEAST_ANSWERS_PER_S; proof++)
    best = Math.max(best, await answersPerSecond({ host, port, ca }));
  if (best >= LEAST_ANSWERS_PER_S) return best;
  throw new Error(
    `the fake gave ${best} answers a second, ${LEAST_ANSWERS_PER_S} are needed: on a machine this busy or slow it would be the fake that is measured`,
  );
}

type Costs = Map<SenderName, Cost[]>;

/** Round by round, sender after sender, so that what else the machine does meets all of them. */
async function measure(
  fake: Fake,
  running: readonly SenderProcess[],
  jobsOf: (name: SenderName) => number,
): Promise<Costs> {
  const costs: Costs = new Map(running.map(({ name }) => [name, []]));
  for (const sender of running) await sender.run(jobsOf(sender.name));
  for (let round = 0; round < ROUNDS; round++)
    for (const sender of running) {
      // Sessions that went idle since the last round come back outside of the clock.
      await sender.run(1);
      costs.get(sender.name)!.push(await checkedRun(fake, sender, jobsOf(sender.name)));
    }
  return costs;
}

/** @throws Error when a message was not accepted, or reached the fake not exactly once */
async function checkedRun(fake: Fake, sender: SenderProcess, jobs: number): Promise<Cost> {
  const before = await fake.tell({ kind: "count" });
  const cost = await sender.run(jobs);
  const after = await fake.tell({ kind: "count" });
  const answered = after.answered - before.answered;
  if (cost.accepted === cost.sent && answered === cost.sent) return cost;
  throw new Error(
    `${sender.name}: of ${cost.sent} messages ${cost.accepted} were accepted and ${answered} answered`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

const cpuUs = (costs: readonly Cost[]): number => median(costs.map(({ cpuUs, sent }) => cpuUs / sent));
const perS = (costs: readonly Cost[]): number => median(costs.map(({ sent, ms }) => (sent / ms) * 1_000));
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function figuresOf(costs: Costs, latent: Costs, fakeAnswers: number): Record<string, number> {
  const cpu = (name: SenderName): number => cpuUs(costs.get(name)!);
  const rate = (name: SenderName): number => perS(latent.get(name)!);
  const figures: Record<string, number> = {
    apns_vs_node_apn: rounded(cpu("node_apn") / cpu("apns"), 2),
    apns_vs_node_apn_multicast: rounded(cpu("node_apn_multicast") / cpu("apns"), 2),
    apns_vs_floor: rounded(cpu("apns_floor") / cpu("apns"), 2),
    fcm_vs_firebase_admin: rounded(cpu("firebase_admin") / cpu("fcm"), 2),
    fcm_vs_firebase_admin_60ms: rounded(rate("fcm") / rate("firebase_admin"), 2),
    webpush_vs_web_push: rounded(cpu("web_push") / cpu("webpush"), 2),
  };
  for (const [name, rounds] of costs) {
    figures[`${name}_cpu_us`] = rounded(cpuUs(rounds), 1);
    figures[`${name}_per_s`] = Math.round(perS(rounds));
  }
  // One request for each: the vendors' figures beside them are of many.
  for (const name of ["apns", "fcm", "webpush"] as const)
    Object.assign(figures, {
      [`${name}_targets_per_s`]: figures[`${name}_per_s`],
      [`${name}_requests_per_1000`]: 1_000,
    });
  for (const [name, rounds] of latent) figures[`${name}_60ms_per_s`] = Math.round(perS(rounds));
  return { ...figures, fake_answers_per_s: fakeAnswers, rounds: ROUNDS, targets_per_job: TARGETS_PER_JOB };
}
