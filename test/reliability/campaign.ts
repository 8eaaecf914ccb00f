import { iphone, makeApp, person, type TestApp, until, type World } from "../e2e/harness.ts";
import { type Audited, audit } from "./audit.ts";
import { killAt, type Point } from "./points.ts";

export type Fault = { fn: "DispatchMobilePush" | "Plan" | "Send"; point: Point };
export type Result = Audited & {
  kills: number;
  /** Virtual seconds from the kill until the notification had ended. */
  recoveryS: number[];
};

/** People of one request: a job of this many targets, under way when its worker dies. */
const PEOPLE = 8;
/** Longer than an inline list, so that it goes through the planner. */
const MANY = 40;
/** Lists are sent in windows of 50: what one kill may leave in doubt. */
const WINDOW = 50;

export type Campaign = { world: World; app: TestApp };

export async function prepare(world: World, name: string): Promise<Campaign> {
  world.expectTrouble(/was ended by SIGKILL/);
  const app = await makeApp(world, name, { limits: { requestsPerS: 10_000 } });
  for (let n = 0; n < MANY; n++) await person(app, `r${n}`, { phone: iphone(`${name}-${n}`) });
  return { world, app };
}

/** Kills a worker at one point, again and again, each time in the midst of another notification. */
export async function repeat({ world, app }: Campaign, { fn, point }: Fault, kills: number): Promise<Result> {
  const ids: string[] = [];
  const recoveryS: number[] = [];
  let reached = 0;
  const users = Array.from({ length: fn === "Plan" ? MANY : PEOPLE }, (_, n) => `r${n}`);
  for (let kill = 0; kill < kills; kill++) {
    const wasKilled = killAt(world, fn, point);
    const startMs = world.runtime.clock.now();
    ids.push(await send(app, { id: `${app.id}-${point.replaceAll(/\W+/g, "-")}-${kill}`, users }));
    await endedInTime({ world, app }, ids.at(-1)!);
    if (wasKilled()) reached++;
    recoveryS.push((world.runtime.clock.now() - startMs) / 1000);
  }
  const found = await audit(world, app.id, ids, { extra: reached * WINDOW });
  return { ...found, kills: reached, recoveryS };
}

/** Posts until it is answered: a caller whose request died repeats it under the same id. */
async function send(app: TestApp, { id, users }: { id: string; users: string[] }): Promise<string> {
  const body = { id, to: { users }, channels: ["mobilePush"], content: { title: id } };
  await until(`${id} is accepted`, async () => {
    const { status } = await app.api.call("POST", "/v1/notifications", body);
    return status === 202;
  });
  return id;
}

/** To just before a dead worker's message comes back, then by the second, then on. */
const STEPS_S = [44, 1, 1, 1, 13, 1];

/** Real time first; what a dead worker held comes back with the clock. */
async function endedInTime({ world, app }: Campaign, id: string): Promise<void> {
  const isOver = async () => (await app.api.ok("GET", `/v1/notifications/${id}`))["state"] === "completed";
  for (let step = 0; step < 60; step++) {
    const endMs = performance.now() + 200;
    while (performance.now() < endMs) {
      if (await isOver()) return;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await world.advance((STEPS_S[step] ?? 15) * 1_000);
  }
  throw new Error(`${id} did not end within ten virtual minutes`);
}
