import assert from "node:assert/strict";
import { test } from "node:test";
import { type AfterStepPorts, afterSteps } from "../../../../functions/core/dispatch/after-steps.ts";
import type { Job } from "../../../../functions/core/dispatch/job.ts";
import { openLedger } from "../../../../functions/core/ledger/claim.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";

/** What follows a settled job, which a message that came twice has follow twice. */
const JOB = { app: "a", notification: "n", id: "j1", channel: "mobilePush", provider: "apns" } as Job;

function settled(): Ledger {
  const rules = { attempts: 3, unknown: "resend", window: 50 } as const;
  const claim = { jobId: "j1", digest: "d", count: 2, owner: "w", nowMs: 1, leaseMs: 1, rules };
  const marks = Uint8Array.of(MARK.accepted, MARK.accepted);
  return { ...openLedger(claim), state: "settled", marks };
}

/** Ports that note what they are asked; the job is counted once. */
function world() {
  const steps: string[] = [];
  const closed = new Set<string>();
  const step = (name: string) => async () => void steps.push(name);
  const ports: AfterStepPorts = {
    async addClosed({ id }) {
      const counted = !closed.has(id) && { counted: true as const };
      closed.add(id);
      steps.push("closed");
      return {
        ...{ bucket: 0, cursor: null, planned: 1, targets: 2, closed: 1, held: 0, walked: 1, planDone: true },
        ...{ closedJobs: closed, counts: {} },
        ...counted,
      };
    },
    removeToken: step("removed"),
    countResults: step("results"),
    judgeLater: step("judged"),
    settleBucket: step("bucket"),
    askClimb: step("climb"),
    leavePoisonCopy: step("poison"),
    observe: () => void steps.push("observed"),
  };
  return { steps, ports };
}

test("a job is told of once, by whoever has counted it; all else is done again", async () => {
  const { steps, ports } = world();
  const job = { ...JOB, targets: [[], []] } as unknown as Job;
  await afterSteps(ports, job, settled());
  assert.deepEqual(steps, ["results", "closed", "observed", "bucket"]);
  steps.length = 0;
  await afterSteps(ports, job, settled());
  assert.deepEqual(steps, ["results", "closed", "bucket"]);
});

test("who could not see to the bucket's end has not told of the job: the metric is told before", async () => {
  const { steps, ports } = world();
  const job = { ...JOB, targets: [[], []] } as unknown as Job;
  const settleBucket = ports.settleBucket;
  ports.settleBucket = async () => {
    ports.settleBucket = settleBucket;
    throw new Error("throttled");
  };
  await assert.rejects(afterSteps(ports, job, settled()), /throttled/);
  await afterSteps(ports, job, settled());
  assert.equal(steps.filter((step) => step === "observed").length, 1);
});

test("a token that was registered after the answer is not the one that was called gone", async () => {
  const { steps, ports } = world();
  const registered = (atMs: number) => ["ann", "phone", "a", "0a1b", atMs];
  const gone = { ...settled(), marks: Uint8Array.of(MARK.gone, MARK.gone), notes: {} } as Ledger;
  gone.notes = { 0: { atMs: 100, status: 410 }, 1: { atMs: 100, status: 410 } };
  const job = { ...JOB, targets: [registered(101), registered(99)] } as unknown as Job;
  await afterSteps(ports, job, gone);
  assert.equal(steps.filter((step) => step === "removed").length, 1);
});
