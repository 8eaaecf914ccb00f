import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import type { Fault } from "../../local/fakes/fakes.ts";
import { browserOf, iphone, makeApp, person, pixel, type TestApp, type World } from "../e2e/harness.ts";
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

export type Dead = Audited & { others: Other[] };
/** Who should not notice. In ms: medians of five rounds' medians and 99th percentiles. */
export type Other = {
  who: string;
  before: Latency;
  during: Latency;
  /** The longest of all while the provider was dead. */
  worstMs: number;
};
type Latency = { p50Ms: number; p99Ms: number };

const PEOPLE = 8;
const MINUTES = 10;
const ROUNDS = 5;
const PER_ROUND = 15;
const REAL_ROUND_MS = 18_000;
const USERS = Array.from({ length: PEOPLE }, (_, n) => `d${n}`);

let deaths = 0;

type Lane = {
  who: string;
  app: TestApp;
  via: "fcm" | "webpush";
  /** One before and one while it is dead: nobody is sent more than a hundred in a minute. */
  users: readonly [string, string];
  before: number[][];
  during: number[][];
};

/** Another app, another provider of the same app and channel, and another channel of the same app. */
async function lanesOf(world: World, hit: TestApp, other: TestApp, name: string): Promise<Lane[]> {
  const lane = (who: string, app: TestApp, via: Lane["via"]): Lane => {
    const users = [`${name}-${via}-1`, `${name}-${via}-2`] as const;
    return { who, app, via, users, before: [], during: [] };
  };
  const lanes = [
    lane("FCM of another app", other, "fcm"),
    lane("FCM of the same app", hit, "fcm"),
    lane("Web Push of the same app", hit, "webpush"),
  ];
  for (const { app, via, users } of lanes)
    for (const user of users)
      await person(app, user, { device: via === "fcm" ? pixel(`${app.id}-${user}`) : browserOf(world, app) });
  return lanes;
}

/** APNs is dead for ten minutes, with notifications for it under way; others send meanwhile. */
export async function killProvider(world: World, death: Death, notifications: number): Promise<Dead> {
  const limits = { requestsPerS: 10_000 };
  const hit = await makeApp(world, "hit", { limits });
  const other = await makeApp(world, "other", { limits });
  const name = `${hit.id}-${deaths++}`;
  for (const user of USERS) await person(hit, user, { phone: iphone(`${name}-${user}`) });
  const lanes = await lanesOf(world, hit, other, name);
  const round = async ({ app, via }: Lane, user: string, count = PER_ROUND) =>
    (await probeOften(world, app, { user, via, priority: "high", count, pauseMs: 10 })).ms;
  // The first one asks for an access token.
  for (const lane of lanes) await round(lane, lane.users[0], 1);
  for (let n = 0; n < ROUNDS; n++)
    for (const lane of lanes) lane.before.push(await round(lane, lane.users[0]));
  const untilMs = world.runtime.clock.now() + MINUTES * 60_000;
  for (const fault of DEATHS[death]) world.fakes.faults.set({ ...fault, provider: "apns", untilMs });
  const ids = Array.from({ length: notifications }, (_, n) => `${name}-${String(n).padStart(4, "0")}`);
  for (const id of ids) await send({ world, app: hit }, id, USERS);
  for (let n = 0; n < ROUNDS; n++) {
    for (const lane of lanes) lane.during.push(await round(lane, lane.users[1]));
    // A request that nobody answers takes its real deadline: such an outage lasts a real minute and a half.
    if (death === "never answers") await setTimeout(REAL_ROUND_MS);
    else await world.advance((MINUTES / ROUNDS) * 60_000);
  }
  const health = (await (await fetch(`${world.runtime.apiUrl}/health`)).json()) as { breakers: string[] };
  assert.deepEqual(health.breakers, ["apns"]);
  world.fakes.faults.clear("apns");
  await allEnd({ world, app: hit }, ids);
  return {
    ...(await audit(world, hit.id, ids, { extra: 0 })),
    others: lanes.map(({ who, before, during }) => ({
      who,
      before: latencyOf(before),
      during: latencyOf(during),
      worstMs: Math.max(...during.flat()),
    })),
  };
}

function latencyOf(rounds: readonly number[][]): Latency {
  const median = (share: number) =>
    quantile(
      rounds.map((ms) => quantile(ms, share)),
      0.5,
    );
  return { p50Ms: median(0.5), p99Ms: median(0.99) };
}
