import type { MarkName } from "../../functions/core/ledger/mark.ts";
import { functionNamed, iphone, makeApp, person, type TestApp, until, type World } from "../e2e/harness.ts";
import { type Audited, audit, openStores } from "./audit.ts";
import { killWhere } from "./killer.ts";
import type { Fault } from "./points.ts";

export type Result = Audited & {
  kills: number;
  /** Virtual seconds from the kill until the notification had ended. */
  recoveryS: number[];
};

/** People of one request: a job of this many targets, under way when its worker dies. */
const PEOPLE = 8;
/** Longer than an inline list, so that it goes through the planner. */
export const MANY = 40;
/** Lists are sent in windows of 50: what one kill may leave in doubt. */
export const WINDOW = 50;
/** Environments that stand ready for the worker that dies next. */
const SPARE = 2;

export type Campaign = { world: World; app: TestApp };

export async function prepare(world: World, name: string): Promise<Campaign> {
  world.expectTrouble(/was ended by SIGKILL/);
  const app = await makeApp(world, name, { limits: { requestsPerS: 10_000 } });
  for (let n = 0; n < MANY; n++) await person(app, `r${n}`, { phone: iphone(`${name}-${n}`) });
  return { world, app };
}

/**
 * Kills a worker at one point, again and again, each time in the midst of another notification. All of them are
 * left as they lie until the last is dead; then the clock goes on.
 */
export async function repeat(campaign: Campaign, fault: Fault, kills: number): Promise<Result> {
  const all: Result = { kills: 0, recoveryS: [], targets: 0, extra: 0, marks: {} };
  for (let from = 0; from < kills; from += AT_ONCE) {
    if (from > 0) await campaign.world.advance(MINUTE_MS);
    const more = await round(campaign, fault, from, Math.min(kills - from, AT_ONCE));
    all.kills += more.kills;
    all.targets += more.targets;
    all.extra += more.extra;
    all.recoveryS.push(...more.recoveryS);
    for (const [mark, count] of Object.entries(more.marks) as [MarkName, number][])
      all.marks[mark] = (all.marks[mark] ?? 0) + count;
  }
  return all;
}

/** People take a hundred notifications a minute (the guard against bombs). */
const AT_ONCE = 25;
const MINUTE_MS = 60_000;

async function round(campaign: Campaign, fault: Fault, from: number, kills: number): Promise<Result> {
  const { world, app } = campaign;
  const users = Array.from({ length: fault.fn === "Plan" ? MANY : PEOPLE }, (_, n) => `r${n}`);
  const name = functionNamed(world, fault.fn);
  const killedAtMs = new Map<string, number>();
  let current = "";
  const stop = killWhere(world, [fault], ({ call }) => {
    // A request to the provider is the current notification's: the others lie still.
    if (killedAtMs.has(current) || (call && !JSON.stringify(call.input).includes(current))) return false;
    killedAtMs.set(current, world.runtime.clock.now());
    return true;
  });
  const ids: string[] = [];
  for (let kill = from; kill < from + kills; kill++) {
    current = `${app.id}-${fault.point.replaceAll(/\W+/g, "-")}-${String(kill).padStart(5, "0")}`;
    ids.push(current);
    const warming = world.runtime.functions.warm(name, SPARE);
    await send(campaign, current, users);
    await until(`${fault.fn} is killed ${fault.point}`, () => killedAtMs.has(current), PATIENCE_MS);
    await warming;
  }
  stop();
  await allEnd(campaign, ids);
  const found = await audit(world, app.id, ids, { extra: killedAtMs.size * WINDOW });
  return { ...found, kills: killedAtMs.size, recoveryS: await recoveryOf(campaign, killedAtMs) };
}

/** Posts until it is answered: a caller whose request died, or was refused, repeats it under the same id. */
export async function send({ app }: Campaign, id: string, users: string[], change: object = {}) {
  const body = { id, to: { users }, channels: ["mobilePush"], content: { title: id }, ...change };
  await until(`${id} is accepted`, async () => {
    const { status } = await app.api.call("POST", "/v1/notifications", body);
    return status === 202;
  });
}

/** Real time: hours of kills must not end because the machine had something else to do for a moment. */
const PATIENCE_MS = 60_000;

/** To the end of what dispatchers, planners and requests held; then on. */
const STEPS_S = [46, 31, 48];
const FURTHER_S = 15;
const STEPS = 40;

/** Lets the clock go on until all have ended, as long as something happens only with time. */
export async function allEnd({ world, app }: Campaign, ids: readonly string[]): Promise<void> {
  const { headers } = openStores(world);
  let left = [...ids];
  for (let step = 0; step < STEPS; step++) {
    await world.runtime.clock.settled();
    const found = await Promise.all(left.map((id) => headers.get(app.id, id, true)));
    left = left.filter((_, index) => found[index]?.completedAtMs === undefined);
    if (left.length === 0) return;
    await world.advance((STEPS_S[step] ?? FURTHER_S) * 1_000);
  }
  throw new Error(`did not end within ten virtual minutes: ${left.slice(0, 5)} (${left.length} in all)`);
}

/** Virtual seconds from a moment until each notification had ended. */
export async function recoveryOf(
  { world, app }: Campaign,
  fromMs: ReadonlyMap<string, number>,
): Promise<number[]> {
  const { headers } = openStores(world);
  return Promise.all(
    [...fromMs].map(async ([id, startMs]) => {
      const header = await headers.get(app.id, id, true);
      // A worker that dies after the notification's last write has nothing to recover.
      return Math.max(0, (header?.completedAtMs ?? Number.NaN) - startMs) / 1000;
    }),
  );
}
