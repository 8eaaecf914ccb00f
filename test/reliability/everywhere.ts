import { audit } from "./audit.ts";
import { allEnd, type Campaign, MANY, type Result, recoveryOf, send, WINDOW } from "./campaign.ts";
import { killWhere } from "./killer.ts";
import { FAULTS } from "./points.ts";

export type Everywhere = {
  targets: number;
  /** Chance to die, at each point of each invocation. */
  share: number;
  seed: number;
  /** Begins no further wave after this moment (performance.now()). */
  endMs: number;
  told(done: number, kills: number): void;
};

const SHORT = 8;
const WAVE = 50;
const CALLERS = 4;

/** mulberry32: the same seed draws the same numbers; which invocation draws which depends on the machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waves of short and of longer lists, with workers that may die at every point; each wave ends in the audit. */
export async function everywhere(campaign: Campaign, options: Everywhere): Promise<Result> {
  const total: Result = { targets: 0, extra: 0, marks: {}, kills: 0, recoveryS: [] };
  const stop = killWhere(campaign.world, FAULTS, dice(campaign, options, total));
  try {
    for (let wave = 0; total.targets < options.targets && performance.now() < options.endMs; wave++) {
      const before = total.kills;
      const ids = await postWave(campaign, wave);
      await allEnd(campaign, [...ids.keys()]);
      const extra = (total.kills - before) * WINDOW;
      const found = await audit(campaign.world, campaign.app.id, [...ids.keys()], { extra });
      total.recoveryS.push(...(await recoveryOf(campaign, ids)));
      total.targets += found.targets;
      total.extra += found.extra;
      for (const [mark, count] of Object.entries(found.marks))
        total.marks[mark as keyof typeof found.marks] =
          (total.marks[mark as keyof typeof found.marks] ?? 0) + count;
      options.told(total.targets, total.kills);
    }
  } finally {
    stop();
  }
  return total;
}

/** One throw per point and invocation, however many jobs pass the point in it. */
function dice({ world }: Campaign, { share, seed }: Everywhere, total: Result) {
  const random = seeded(seed);
  const thrown = new Set<string>();
  return ({ fault, worker }: { fault: { point: string }; worker: string }): boolean => {
    const { requestId } = world.runtime.functions.environments().find(({ id }) => id === worker) ?? {};
    const key = `${requestId} ${fault.point}`;
    if (requestId === undefined || thrown.has(key)) return false;
    thrown.add(key);
    const dies = random() < share;
    if (dies) total.kills++;
    return dies;
  };
}

/** Posts a wave; when each of its notifications was posted. */
async function postWave(campaign: Campaign, wave: number): Promise<Map<string, number>> {
  const { world, app } = campaign;
  const postedMs = new Map<string, number>();
  let next = 0;
  const caller = async () => {
    while (next < WAVE) {
      const n = next++;
      const id = `${app.id}-everywhere-${wave}-${n}`;
      const users = Array.from({ length: n % 2 === 0 ? SHORT : MANY }, (_, k) => `r${k}`);
      postedMs.set(id, world.runtime.clock.now());
      await send(campaign, id, users, { priority: "high" });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return postedMs;
}
