import {
  type DispatchAnswer,
  type DispatchPorts,
  dispatchJob,
  type JobFacts,
} from "../../../../functions/core/dispatch/dispatch-job.ts";
import type { Gate } from "../../../../functions/core/dispatch/gate.ts";
import type { Job } from "../../../../functions/core/dispatch/job.ts";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { NO_QUOTA } from "../../../../functions/core/dispatch/quota.ts";
import { retryBudget } from "../../../../functions/core/dispatch/retry-budget.ts";
import type { JobRules, Ledger } from "../../../../functions/core/ledger/ledger.ts";

/** One step of a random schedule, drawn by fast-check. */
export type Fate = {
  /** Kill the worker when it makes its n-th step (store call or send). */
  crashAtStep?: number;
  /** Kill it after the provider took the request and before the answer is read. */
  crashAfterSend?: boolean;
  /** The worker sleeps this long before its n-th step (SIGSTOP). */
  freezeAtStep?: number;
  freezeMs?: number;
  /** So many writes of its ledger are refused. */
  writesFail?: number;
  /** What is not as usual around it. */
  ports?: Partial<DispatchPorts>;
  /** What is read beside the claim cannot be read. */
  factsFail?: boolean;
  /** How long the worker waits before it takes the message up. */
  delayMs: number;
};

export type World = {
  nowMs: number;
  ledger: Ledger | undefined;
  /** What the provider received: position -> times it took the message. */
  received: number[];
  /** Those of them that it did not refuse: position -> times. */
  taken: number[];
  sends: { position: number; atMs: number }[];
  afterSteps: number;
  /** Answers lost or workers killed while a window was open. */
  crashes: number;
};

export const FACTS_FAIL = "facts cannot be read";
export const WRITE_FAILS = "throttled";
const PAUSE_MS = 300;

/** A provider that is never down. */
export const OPEN_GATE: Gate = {
  isProbe: false,
  begin: () => () => undefined,
  isAsking: () => false,
  isShut: () => false,
  compare: async () => undefined,
  waitMs: () => 0,
};

export const TIMES = { providerDeadlineMs: 10_000, leaseMs: 35_000 };

export function newWorld(count: number): World {
  return {
    nowMs: 1_000_000,
    ledger: undefined,
    received: new Array(count).fill(0),
    taken: new Array(count).fill(0),
    sends: [],
    afterSteps: 0,
    crashes: 0,
  };
}

export function jobOf(count: number, rules: JobRules): Job {
  return {
    v: 1,
    kind: "job",
    app: "a",
    notification: "n",
    bucket: 0,
    id: "j",
    channel: "mobilePush",
    provider: "apns",
    priority: "high",
    category: "transactional",
    rules,
    digest: "d",
    createdAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    plannedAtMs: 0,
    hops: 0,
    walk: false,
    targets: Array.from({ length: count }, (_, index) => [`u${index}`, "d", "a", `t${index}`, 0]),
  };
}

/** Position of a target by its user name. */
const positionOf = (user: string) => Number(user.slice(1));

/** One worker's life: takes the message, runs until it answers or dies. Other workers may interleave at each await. */
export async function work(
  world: World,
  job: Job,
  fate: Fate,
  answerOf: (position: number, time: number) => Outcome,
  pause: () => Promise<void> = async () => {},
): Promise<DispatchAnswer | "crashed"> {
  let step = 0;
  let asleepMs = 0;
  let writesToFail = fate.writesFail ?? 0;
  let owner = 0;
  const death = Promise.withResolvers<"crashed">();
  let dead = false;
  // A killed process does nothing any more: its awaits never come back.
  const die = (): Promise<never> => {
    dead = true;
    death.resolve("crashed");
    return new Promise<never>(() => {});
  };
  const tick = async () => {
    await pause();
    if (dead) await die();
    step++;
    if (fate.freezeAtStep === step) {
      asleepMs += fate.freezeMs ?? 0;
      world.nowMs += fate.freezeMs ?? 0;
    }
    if (fate.crashAtStep === step) await die();
  };
  const facts: JobFacts = {
    concurrency: 1,
    dropped: () => undefined,
    send: async (target) => {
      await tick();
      const position = positionOf(target.user);
      world.nowMs += 5;
      world.received[position]! += 1;
      world.sends.push({ position, atMs: world.nowMs });
      const answer = answerOf(position, world.received[position]!);
      if (answer.kind === "accepted" || answer.kind === "unknown") world.taken[position]! += 1;
      if (fate.crashAfterSend && fate.crashAtStep === step + 1) await die();
      return answer;
    },
  };
  const ports: DispatchPorts = {
    ledgers: {
      async open(_job, ledger) {
        await tick();
        if (world.ledger !== undefined) return structuredClone(world.ledger);
        world.ledger = structuredClone(ledger);
        await tick();
        return undefined;
      },
      async replace(_job, ledger, mayWait = () => false) {
        await tick();
        for (; writesToFail > 0; writesToFail--) {
          if (!mayWait(PAUSE_MS)) throw new Error(WRITE_FAILS);
          world.nowMs += PAUSE_MS;
        }
        if (world.ledger?.revision !== ledger.revision - 1) return false;
        world.ledger = structuredClone(ledger);
        await tick();
        return true;
      },
    },
    facts: async () => {
      if (fate.factsFail) throw new Error(FACTS_FAIL);
      return facts;
    },
    afterSteps: async () => {
      await tick();
      world.afterSteps++;
      await tick();
    },
    budget: retryBudget(() => world.nowMs),
    quota: NO_QUOTA,
    gate: OPEN_GATE,
    now: () => world.nowMs,
    random: () => 0.5,
    newOwner: () => `worker-${world.crashes}-${Math.random()}-${owner++}`,
    times: TIMES,
    remainingMs: () => 30_000 - asleepMs,
    ...fate.ports,
  };
  world.nowMs += fate.delayMs;
  const life = await Promise.race([dispatchJob(ports, job), death.promise]);
  if (life === "crashed") world.crashes++;
  return life;
}
