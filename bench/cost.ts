import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { dollars, type Totals } from "../local/meter/meter.ts";
import { PRICE_USD, type Unit } from "../local/meter/prices.ts";
import { synthesise } from "../local/template/synthesise.ts";
import { idleItems } from "./platform/idle.ts";
import { seedPeople, userName } from "./platform/people.ts";
import { type BenchPlatform, startBenchPlatform } from "./platform/platform.ts";
import { jobsOf, waitingMs } from "./platform/waiting.ts";

const PEOPLE = 100_000;
const LIST = 10_000;
const SINGLES = 300;
const GIVE_UP_MS = 300_000;

/**
 * What the front door metered, in dollars per million targets at list prices, without egress. Lambda is billed as
 * max(CPU, waiting for providers), which for a dispatcher follows from the jobs of each invocation.
 */
export async function cost(): Promise<Record<string, number>> {
  const roundTripMs = (name: string, event: unknown) =>
    name.includes("Dispatch") ? waitingMs(jobsOf(event)) : 0;
  const platform = await startBenchPlatform({ roundTripMs });
  try {
    await seedPeople(platform.runtime, platform.app.id, PEOPLE);
    const everyone = { to: { everyone: true }, category: "marketing", channels: ["mobilePush", "webPush"] };
    const broadcast = await metered(platform, "broadcast", [everyone], PEOPLE);
    const users = Array.from({ length: LIST }, (_, n) => userName(n));
    const named = { to: { users }, priority: "normal", channels: ["mobilePush", "webPush"] };
    const list = await metered(platform, "list", [named, named, named], 3 * LIST);
    // Phones only: every tenth person of the seed has a browser.
    const phones = Array.from({ length: SINGLES }, (_, n) => userName(n * 20));
    const single = await metered(platform, "single", toEach(phones, "mobilePush"), SINGLES);
    const inbox = await metered(platform, "single with inbox", toEach(phones, "inApp"), SINGLES);
    const fallback = await peopleWithTwoRoads(platform, SINGLES);
    const twoRoads = await metered(platform, "single, two roads", toEach(fallback, "mobilePush"), SINGLES);
    const idle = idleItems(
      platform.runtime.deployment,
      await synthesise({ outFolder: ".clarion/assemblies" }),
    );
    for (const { item, usd } of idle) console.error(`  idle  ${usd.toFixed(2).padStart(6)}  ${item}`);
    return {
      usd_per_million_broadcast: broadcast,
      usd_per_million_list: list,
      usd_per_million_single: single,
      usd_per_million_single_inbox: inbox,
      usd_per_million_single_two_roads: twoRoads,
      usd_idle_month: Number(idle.reduce((sum, { usd }) => sum + usd, 0).toFixed(2)),
    };
  } finally {
    await platform.close();
  }
}

const CONTENT = { title: "Your parcel is on its way", body: "It arrives today between 14:00 and 16:00." };
const toEach = (users: string[], channel: string): object[] =>
  users.map((user) => ({ to: { users: [user] }, channels: [channel] }));

/** People whose phone could be reached by another provider too: what becomes of a job is looked at for them. */
async function peopleWithTwoRoads({ app }: BenchPlatform, count: number): Promise<string[]> {
  const users = Array.from({ length: count }, (_, n) => `fallback-${n}`);
  for (const user of users)
    await app.api.ok("PUT", `/v1/users/${user}/devices/phone`, {
      platform: "ios",
      tokens: [
        { kind: "apns", token: randomBytes(32).toString("hex") },
        { kind: "fcmToken", token: `${user}-${"x".repeat(100)}` },
      ],
    });
  return users;
}

/** Posts requests one after the other and waits until all have ended, without asking the API, which would cost. */
async function metered(
  platform: BenchPlatform,
  name: string,
  requests: object[],
  targets: number,
): Promise<number> {
  const { runtime, app, completed } = platform;
  const mark = runtime.meter.mark();
  const wanted = completed() + requests.length;
  for (const request of requests)
    await app.api.ok("POST", "/v1/notifications", { ...request, content: CONTENT });
  const endMs = performance.now() + GIVE_UP_MS;
  while (completed() < wanted) {
    if (performance.now() > endMs)
      throw new Error(`${name}: ${wanted - completed()} notifications did not end`);
    await sleep(50);
  }
  await sleep(500); // the last messages are deleted after the last line is logged
  const spent = runtime.meter.since(mark);
  const perMillion = (dollars(spent) * 1_000_000) / targets;
  tell(name, spent, targets);
  return Number(perMillion.toFixed(4));
}

function tell(name: string, { units }: Totals, targets: number): void {
  console.error(`${name}: units and dollars per million targets`);
  for (const [unit, amount] of Object.entries(units) as [Unit, number][]) {
    const perTarget = amount / targets;
    const usd = perTarget * PRICE_USD[unit] * 1_000_000;
    console.error(`  ${unit.padEnd(24)} ${perTarget.toFixed(5).padStart(10)}  $${usd.toFixed(5)}`);
  }
}
