import {
  type DispatchPorts,
  dispatchJob,
  type JobFacts,
} from "../../functions/core/dispatch/dispatch-job.ts";
import { NO_QUOTA } from "../../functions/core/dispatch/quota.ts";
import { retryBudget } from "../../functions/core/dispatch/retry-budget.ts";
import type { Ledger } from "../../functions/core/ledger/ledger.ts";
import { jobOf, OPEN_GATE } from "../unit/core/ledger/world.ts";

/** One job between a queue, workers with a timeout and a slow provider, on a clock of its own. */
export type Grid = {
  /** What the provider takes for an answer, and what it is given. */
  sendMs: number;
  deadlineMs: number;
  timeoutMs: number;
  leaseMs: number;
  visibilityMs: number;
  targets: number;
  window: number;
  /** Requests at once. */
  concurrency: number;
};

export type Outcome = { sent: number; twice: number; settled: boolean; deaths: number; endedMs: number };

const MOST_DELIVERIES = 50;

/** Time that stands still while anything is left to do. */
function createTime() {
  const timers: { atMs: number; run(): void }[] = [];
  const time = {
    nowMs: 0,
    sleep: (ms: number) =>
      new Promise<void>((run) => void timers.push({ atMs: time.nowMs + ms, run: () => run() })),
    async runAll() {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        timers.sort((a, b) => a.atMs - b.atMs);
        const next = timers.shift();
        if (next === undefined) return;
        time.nowMs = Math.max(time.nowMs, next.atMs);
        next.run();
      }
    },
  };
  return time;
}

type Time = ReturnType<typeof createTime>;
type Shared = { grid: Grid; time: Time; ledger?: Ledger; received: number[]; deaths: number };

/** Runs the job until its message is deleted or has been delivered too often. */
export async function runGrid(grid: Grid): Promise<Outcome> {
  const time = createTime();
  const shared: Shared = { grid, time, received: new Array(grid.targets).fill(0), deaths: 0 };
  const over = deliver(shared, 1);
  await time.runAll();
  await over;
  const twice = shared.received.reduce((sum, times) => sum + Math.max(0, times - 1), 0);
  return {
    sent: shared.received.filter((times) => times > 0).length,
    twice,
    settled: shared.ledger?.state === "settled",
    deaths: shared.deaths,
    endedMs: time.nowMs,
  };
}

/** One delivery: the message is hidden for its visibility, whatever its worker does, until that says otherwise. */
async function deliver(shared: Shared, number: number): Promise<void> {
  const { grid, time } = shared;
  if (number > MOST_DELIVERIES) return;
  const receivedMs = time.nowMs;
  let backAtMs: number | undefined = receivedMs + grid.visibilityMs;
  let isBack = false;
  const working = invoke(shared).then(async (answer) => {
    if (isBack || answer === "dead") return;
    if (answer.kind === "wait") {
      backAtMs = Math.max(answer.untilMs, time.nowMs);
      await time.sleep(backAtMs - time.nowMs);
      if (!isBack) await comeBack();
    } else backAtMs = undefined;
  });
  const comeBack = async () => {
    isBack = true;
    await deliver(shared, number + 1);
  };
  await time.sleep(grid.visibilityMs);
  if (!isBack && backAtMs !== undefined && backAtMs <= time.nowMs) await comeBack();
  // A dead worker's promise never comes back.
  void working;
}

type Answer = Awaited<ReturnType<typeof dispatchJob>> | "dead";

function invoke(shared: Shared): Promise<Answer> {
  const { grid, time } = shared;
  const endMs = time.nowMs + grid.timeoutMs;
  let isDead = false;
  const alive = async () => {
    if (isDead) await new Promise<never>(() => undefined);
  };
  const death = time.sleep(grid.timeoutMs).then((): Answer => {
    isDead = true;
    return "dead";
  });
  const answer = dispatchJob(
    portsOf(shared, endMs, alive),
    jobOf(grid.targets, {
      attempts: 3,
      unknown: "resend",
      window: grid.window,
    }),
  );
  return Promise.race([answer, death]).then((result) => {
    if (result === "dead") shared.deaths++;
    return result;
  });
}

let owners = 0;

function portsOf(shared: Shared, endMs: number, alive: () => Promise<void>): DispatchPorts {
  const { grid, time } = shared;
  const owner = `worker-${owners++}`;
  const facts: JobFacts = {
    concurrency: grid.concurrency,
    dropped: () => undefined,
    send: async (target) => {
      shared.received[Number(target.user.slice(1))]! += 1;
      await time.sleep(Math.min(grid.sendMs, grid.deadlineMs));
      await alive();
      return grid.sendMs < grid.deadlineMs ? { kind: "accepted" } : { kind: "unknown", reason: "timeout" };
    },
  };
  const store = async (ledger: Ledger): Promise<void> => {
    await alive();
    shared.ledger = structuredClone(ledger);
  };
  return {
    ledgers: {
      async open(_job, ledger) {
        if (shared.ledger !== undefined) return structuredClone(shared.ledger);
        await store(ledger);
        return undefined;
      },
      async replace(_job, ledger) {
        if (shared.ledger?.revision !== ledger.revision - 1) return false;
        await store(ledger);
        return true;
      },
    },
    facts: async () => facts,
    afterSteps: async () => undefined,
    budget: retryBudget(() => time.nowMs),
    quota: NO_QUOTA,
    gate: OPEN_GATE,
    now: () => time.nowMs,
    random: () => 0.5,
    newOwner: () => owner,
    times: { providerDeadlineMs: grid.deadlineMs, leaseMs: grid.leaseMs },
    remainingMs: () => endMs - time.nowMs,
  };
}
