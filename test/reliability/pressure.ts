import { iphone, makeApp, person, type TestApp, until, type World } from "../e2e/harness.ts";
import { type Audited, audit } from "./audit.ts";
import { allEnd, send } from "./campaign.ts";
import { crowd, isToCrowd, probeOften } from "./probe.ts";

type Priority = "high" | "normal" | "low";

/** F15, I8: one app fills the queues with lists, another sends to single people. */
export type Pressure = {
  targets: number;
  probes: number;
  crowdPriority: Priority;
  probePriority: Priority;
  shape: "singles" | "lists";
  /** How long APNs takes for an answer while the crowd waits: keeps the backlog standing. */
  latencyMs: number;
};

/** Single notifications that all come due at once, in the same queue as the probes. */
export const FLOOD = { crowdPriority: "normal", probePriority: "normal", shape: "singles" } as const;
export const BACKLOG = { crowdPriority: "low", probePriority: "high", shape: "lists" } as const;

export type Pressed = Audited & {
  /** Milliseconds from request to provider: before, and under pressure. */
  aloneMs: number[];
  pressedMs: number[];
  /** Targets of the crowd that had not left when the last probe was through. */
  waiting: number;
};

const LIST = 1_000;
/** Nobody is sent to a hundred times a minute: there the guard against bombing a person would speak. */
const MOST_EACH = 80;
const PAUSE_MS = 20;
const LIMITS = { limits: { requestsPerS: 10_000 } };

export async function press(world: World, pressure: Pressure): Promise<Pressed> {
  const { probes: count, probePriority: priority } = pressure;
  const bulk = await makeApp(world, "bulk", LIMITS);
  const single = await makeApp(world, "single", LIMITS);
  await person(single, "zoe", { phone: iphone(`zoe-${single.id}`) });
  const probing = { user: "zoe", priority, count, pauseMs: PAUSE_MS };
  const alone = await probeOften(world, single, probing);
  const arrivals = countArrivals(world, bulk);
  world.fakes.apns.latencyMs = pressure.latencyMs;
  const crowded = await (pressure.shape === "lists" ? postLists : postSingles)(world, bulk, pressure);
  await until("the backlog moves", () => arrivals.count() > 0, 60_000);
  const pressed = await probeOften(world, single, probing);
  const waiting = crowded.targets - arrivals.count();
  world.fakes.apns.latencyMs = 0;
  await until(
    "the backlog is through",
    () => arrivals.count() >= crowded.targets,
    120_000 + crowded.targets * 5,
  );
  arrivals.stop();
  await allEnd({ world, app: bulk }, crowded.ids);
  await allEnd({ world, app: single }, [...alone.ids, ...pressed.ids]);
  await audit(world, single.id, [...alone.ids, ...pressed.ids], { extra: 0 });
  const found = await audit(world, bulk.id, crowded.ids, { extra: 0 });
  return { ...found, aloneMs: alone.ms, pressedMs: pressed.ms, waiting };
}

type Crowded = { ids: string[]; targets: number };

async function postLists(
  world: World,
  app: TestApp,
  { targets, crowdPriority: priority }: Pressure,
): Promise<Crowded> {
  const users = await crowd(app, Math.ceil(targets / MOST_EACH / LIST) * LIST);
  const ids = Array.from({ length: Math.ceil(targets / LIST) }, (_, n) => `${app.id}-${1_000_000 + n}`);
  for (const [n, id] of ids.entries()) {
    const first = (n * LIST) % users.length;
    await send({ world, app }, id, users.slice(first, first + LIST), { priority });
  }
  return { ids, targets: ids.length * LIST };
}

const BATCH = 200;
/** Within the reach of an SQS delay. */
const AHEAD_MS = 10 * 60_000;

async function postSingles(
  world: World,
  app: TestApp,
  { targets, crowdPriority: priority }: Pressure,
): Promise<Crowded> {
  const users = await crowd(app, LIST);
  const sendAt = new Date(world.runtime.clock.now() + AHEAD_MS).toISOString();
  const ids = Array.from({ length: targets }, (_, n) => `${app.id}-${1_000_000 + n}`);
  for (let first = 0; first < ids.length; first += BATCH) {
    const notifications = ids.slice(first, first + BATCH).map((id, n) => ({
      id,
      to: { users: [users[(first + n) % users.length]] },
      channels: ["mobilePush"],
      content: { title: id },
      priority,
      sendAt,
    }));
    const { results } = (await app.api.ok("POST", "/v1/notifications:batch", { notifications })) as {
      results: { status: number }[];
    };
    const refused = results.find(({ status }) => status !== 202);
    if (refused) throw new Error(`a notification of the flood was refused with ${refused.status}`);
  }
  // The jump waits for quiet, which comes only after the flood.
  void world.runtime.clock.jump(AHEAD_MS).catch(() => undefined);
  return { ids, targets };
}

function countArrivals(world: World, app: TestApp) {
  const fits = isToCrowd(app);
  let count = 0;
  const stop = world.fakes.faults.watch(({ provider, stage, path }) => {
    const token = path.slice("/3/device/".length);
    if (provider === "apns" && stage === "arrived" && fits({ token })) count++;
  });
  return { stop, count: () => count };
}
