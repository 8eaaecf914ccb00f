import { functionNamed, until, type World } from "../e2e/harness.ts";
import { audit } from "./audit.ts";
import { allEnd, type Campaign, type Result, recoveryOf, send, WINDOW } from "./campaign.ts";
import { lookOn } from "./killer.ts";
import { type Fault, type Point, settles } from "./points.ts";

export type Frozen = Result & {
  /** Requests that the frozen made after they woke. */
  lateRequests: number;
  /** Jobs whose outcomes were written twice. */
  settledTwice: number;
};

/** Longer than a lease (35 s) and a queue's visibility (45 s). */
const FROZEN_MS = 120_000;
/** A frozen dispatcher holds one of the five pollers of its queue. */
const AT_ONCE = 4;
const USERS = Array.from({ length: 8 }, (_, n) => `r${n}`);

type Stopped = { worker: string; atMs: number };

/** Stops (SIGSTOP) a dispatcher in each of several notifications, lets others finish them, and wakes it (SIGCONT). */
export async function freezeAndThaw(campaign: Campaign, point: Point, times: number): Promise<Frozen> {
  const { world, app } = campaign;
  const settled = countSettled(world);
  const all = new Map<string, Stopped>();
  let lateRequests = 0;
  while (all.size < times) {
    const stopped = await stopWorkers(campaign, point, Math.min(AT_ONCE, times - all.size), all.size);
    await world.advance(FROZEN_MS);
    await allEnd(campaign, [...stopped.keys()]);
    const before = world.fakes.apns.received.length;
    for (const { worker } of stopped.values()) world.runtime.functions.thaw(worker);
    await world.runtime.clock.settled();
    lateRequests += world.fakes.apns.received.length - before;
    for (const [id, one] of stopped) all.set(id, one);
  }
  settled.stop();
  const found = await audit(world, app.id, [...all.keys()], { extra: times * WINDOW });
  const fromMs = new Map([...all].map(([id, { atMs }]) => [id, atMs]));
  const recoveryS = await recoveryOf(campaign, fromMs);
  return { ...found, kills: all.size, recoveryS, lateRequests, settledTwice: settled.twice() };
}

/** Posts so many notifications; the dispatcher of each stands still when this comes back. */
async function stopWorkers(campaign: Campaign, point: Point, count: number, first: number) {
  const { functions, clock } = campaign.world.runtime;
  const fault: Fault = { fn: "DispatchMobilePush", point };
  const stopped = new Map<string, Stopped>();
  let current = "";
  const stop = lookOn(campaign.world, [fault], ({ worker, call }) => {
    if (stopped.has(current) || (call && !JSON.stringify(call.input).includes(current))) return;
    functions.freeze(worker);
    stopped.set(current, { worker, atMs: clock.now() });
  });
  for (let n = first; n < first + count; n++) {
    current = `${campaign.app.id}-frozen-${point.replaceAll(/\W+/g, "-")}-${String(n).padStart(4, "0")}`;
    const warming = functions.warm(functionNamed(campaign.world, fault.fn), 1);
    await send(campaign, current, USERS);
    await until(`a dispatcher freezes ${point}`, () => stopped.has(current));
    await warming;
  }
  stop();
  return stopped;
}

/** Ledgers whose end was written, and how often it was taken. */
function countSettled(world: World) {
  const counts = new Map<string, number>();
  const stop = world.runtime.door.watch({
    after(call) {
      if (!settles(call)) return;
      const key = JSON.stringify((call.input["Item"] as Record<string, object>)["sk"]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  });
  return { stop, twice: () => [...counts.values()].filter((count) => count > 1).length };
}
