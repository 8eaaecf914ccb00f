import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Fault } from "../../local/fakes/fakes.ts";
import { iphone, makeApp, person, pixel, type World } from "../e2e/harness.ts";
import { type Audited, audit } from "./audit.ts";
import { allEnd, send } from "./campaign.ts";
import { probeOften, quantile } from "./probe.ts";

/** F6: how a provider is dead. */
export const DEATHS = {
  // Connections that stand are cut, and new ones refused.
  "refuses connections": [{ kind: "refuse" }, { kind: "drop" }],
  "answers 503": [{ kind: "status", status: 503 }],
  "never answers": [{ kind: "silent" }],
} satisfies Record<string, Omit<Fault, "provider">[]>;

export type Death = keyof typeof DEATHS;

export type Dead = Audited & {
  /** Medians, in ms, of five rounds of another app's notifications by another provider. */
  beforeMs: number;
  duringMs: number;
  duringP99Ms: number;
};

const PEOPLE = 8;
const MINUTES = 10;
const ROUNDS = 5;
const PER_ROUND = 5;
const REAL_ROUND_MS = 18_000;
const USERS = Array.from({ length: PEOPLE }, (_, n) => `d${n}`);

let deaths = 0;

/** APNs is dead for ten minutes, with notifications for it under way; another app sends by FCM meanwhile. */
export async function killProvider(world: World, death: Death, notifications: number): Promise<Dead> {
  const limits = { requestsPerS: 10_000 };
  const hit = await makeApp(world, "hit", { limits });
  const other = await makeApp(world, "other", { limits });
  const name = `${hit.id}-${deaths++}`;
  for (const user of USERS) await person(hit, user, { phone: iphone(`${name}-${user}`) });
  await person(other, "oda", { pixel: pixel(`oda-${name}`) });
  const round = () =>
    probeOften(world, other, { user: "oda", via: "fcm", priority: "high", count: PER_ROUND, pauseMs: 10 });
  // The first one asks for an access token.
  await round();
  const [before, during]: [number[][], number[][]] = [[], []];
  for (let n = 0; n < ROUNDS; n++) before.push((await round()).ms);
  const untilMs = world.runtime.clock.now() + MINUTES * 60_000;
  for (const fault of DEATHS[death]) world.fakes.faults.set({ ...fault, provider: "apns", untilMs });
  const ids = Array.from({ length: notifications }, (_, n) => `${name}-${String(n).padStart(4, "0")}`);
  for (const id of ids) await send({ world, app: hit }, id, USERS);
  for (let n = 0; n < ROUNDS; n++) {
    during.push((await round()).ms);
    // A request that nobody answers takes its real deadline: such an outage lasts a real minute and a half.
    if (death === "never answers") await setTimeout(REAL_ROUND_MS);
    else await world.advance((MINUTES / ROUNDS) * 60_000);
  }
  const health = (await (await fetch(`${world.runtime.apiUrl}/health`)).json()) as { breakers: string[] };
  assert.deepEqual(health.breakers, ["apns"]);
  world.fakes.faults.clear("apns");
  await allEnd({ world, app: hit }, ids);
  const medians = (rounds: number[][]) =>
    quantile(
      rounds.map((ms) => quantile(ms, 0.5)),
      0.5,
    );
  return {
    ...(await audit(world, hit.id, ids, { extra: 0 })),
    beforeMs: medians(before),
    duringMs: medians(during),
    duringP99Ms: quantile(during.flat(), 0.99),
  };
}
