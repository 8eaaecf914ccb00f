import assert from "node:assert/strict";
import { test } from "node:test";
import { type Breaker, createBreaker } from "../../../../functions/core/dispatch/breaker.ts";
import { type DispatchAnswer, dispatchJob } from "../../../../functions/core/dispatch/dispatch-job.ts";
import { gateOf } from "../../../../functions/core/dispatch/gate.ts";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { NO_QUOTA } from "../../../../functions/core/dispatch/quota.ts";
import { retryBudget } from "../../../../functions/core/dispatch/retry-budget.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { countMarks } from "../../../../functions/core/ledger/mark.ts";
import { jobOf, TIMES } from "../ledger/world.ts";

const DOWN: Outcome = { kind: "retry", reason: "http2_ECONNREFUSED" };
const FAILURES_FORGOTTEN_MS = 30_000;

/** Hundreds of environments, and an app that sends one message a second: each of them meets another environment. */
function fleet(size: number) {
  const world = { nowMs: 1_000_000, up: true };
  const now = () => world.nowMs;
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const breakers = Array.from({ length: size }, () => createBreaker({ now, random }));
  /** The row in Guard. */
  const shared = { failures: 0, lastMs: 0, probedMs: 0, answeredAtMs: 0 };
  const tellFailure = async () => {
    const recent = now() - shared.lastMs < FAILURES_FORGOTTEN_MS;
    Object.assign(shared, { failures: recent ? shared.failures + 1 : 1, lastMs: now() });
    return shared.failures;
  };
  type Waiting = {
    job: ReturnType<typeof jobOf>;
    ledger: Ledger | undefined;
    dueMs: number;
    sinceMs: number;
  };
  const waiting: Waiting[] = [];
  const ended: { ledger: Ledger; tookMs: number; endedMs: number }[] = [];

  /** As the dispatcher does it. */
  function turnOf(breaker: Breaker, { app, provider }: Waiting["job"]): "probe" | "closed" | "wait" {
    if (!breaker.takeProbe(app, provider)) return "wait";
    if (now() - shared.probedMs >= 1_000) {
      shared.probedMs = now();
      return "probe";
    }
    breaker.probed(app, provider);
    return breaker.askedElsewhere(app, provider, shared.answeredAtMs) ? "closed" : "wait";
  }

  async function deliver(one: Waiting): Promise<number | undefined> {
    const breaker = breakers[Math.floor(random() * size)]!;
    const { job } = one;
    const state = breaker.state(job.app, job.provider);
    const turn = state.kind === "open" ? turnOf(breaker, job) : "closed";
    if (turn === "wait") return state.kind === "open" ? state.waitMs : 0;
    const isProbe = turn === "probe";
    const answer: DispatchAnswer = await dispatchJob(
      {
        ledgers: {
          async open(_job, ledger) {
            if (one.ledger) return structuredClone(one.ledger);
            one.ledger = ledger;
            return undefined;
          },
          async replace(_job, ledger) {
            one.ledger = ledger;
            return true;
          },
        },
        facts: async () => ({
          concurrency: 1,
          dropped: () => undefined,
          send: async () => (world.up ? { kind: "accepted" } : DOWN),
        }),
        afterSteps: async () => undefined,
        budget: retryBudget(now),
        quota: NO_QUOTA,
        gate: gateOf(breaker, job, isProbe, tellFailure),
        now,
        random,
        newOwner: () => `w${random()}`,
        times: TIMES,
        remainingMs: () => 30_000,
      },
      job,
    );
    if (isProbe) {
      breaker.probed(job.app, job.provider);
      if (breaker.state(job.app, job.provider).kind === "closed")
        Object.assign(shared, { answeredAtMs: now(), failures: 0 });
    }
    return answer.kind === "wait" ? Math.max(0, answer.untilMs - now()) : undefined;
  }

  return {
    world,
    ended,
    waiting,
    post() {
      waiting.push({
        job: jobOf(1, { attempts: 3, unknown: "resend", window: 50 }),
        ledger: undefined,
        dueMs: now(),
        sinceMs: now(),
      });
    },
    async second() {
      for (const one of waiting.filter(({ dueMs }) => dueMs <= now())) {
        const waitMs = await deliver(one);
        if (waitMs !== undefined) one.dueMs = now() + waitMs;
        else {
          ended.push({ ledger: one.ledger!, tookMs: now() - one.sinceMs, endedMs: now() });
          waiting.splice(waiting.indexOf(one), 1);
        }
      }
      world.nowMs += 1_000;
    },
  };
}

test("an outage that three hundred environments meet one message each costs no message, and all know of its end", async () => {
  const { world, ended, waiting, post, second } = fleet(300);
  const run = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      post();
      await second();
    }
  };
  await run(60);
  world.up = false;
  await run(600);
  world.up = true;
  const upMs = world.nowMs;
  await run(30);
  const failed = ended.filter(({ ledger }) => countMarks(ledger.marks).failed).length;
  assert.equal(failed, 0, `${failed} of ${ended.length} have failed`);
  await run(30);
  assert.ok(
    waiting.every(({ sinceMs }) => sinceMs > upMs),
    "what the outage held up is out within half a minute",
  );
  const late = ended.filter(({ endedMs, tookMs }) => endedMs - tookMs > upMs + 30_000 && tookMs > 2_000);
  assert.deepEqual(late, [], "and what comes half a minute later does not notice");
});
