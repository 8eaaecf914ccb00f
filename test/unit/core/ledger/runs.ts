import assert from "node:assert/strict";
import fc from "fast-check";
import { accepted, type Outcome, unknown } from "../../../../functions/core/dispatch/outcome.ts";
import type { JobRules } from "../../../../functions/core/ledger/ledger.ts";
import { FACTS_FAIL, type Fate, jobOf, type World, WRITE_FAILS, work } from "./world.ts";

export const RUNS = Number(process.env["LEDGER_RUNS"] ?? 400);

export const rules = fc.record<JobRules>({
  attempts: fc.integer({ min: 1, max: 3 }),
  unknown: fc.constantFrom("resend", "leave"),
  window: fc.constantFrom(1, 3, 50),
});

export const fate = fc.record<Fate>(
  {
    delayMs: fc.integer({ min: 0, max: 60_000 }),
    factsFail: fc.boolean(),
    crashAtStep: fc.integer({ min: 1, max: 25 }),
    crashAfterSend: fc.boolean(),
    freezeAtStep: fc.integer({ min: 1, max: 25 }),
    freezeMs: fc.constantFrom(20_000, 36_000, 120_000),
  },
  { requiredKeys: ["delayMs"] },
);

export const kinds = fc.constantFrom<Outcome>(
  accepted(),
  { kind: "retry", status: 503 },
  { kind: "throttled", retryAfterMs: 5_000 },
  { kind: "rejected", status: 400 },
  { kind: "gone", status: 410 },
  unknown("reset"),
);

/** Delivers the job's message until some worker says it is done. */
export async function runToEnd(
  world: World,
  count: number,
  jobRules: JobRules,
  fates: Fate[],
  script: Outcome[][],
) {
  const job = jobOf(count, jobRules);
  const answerOf = (position: number, time: number): Outcome => script[position]?.[time - 1] ?? accepted();
  for (let delivery = 0; delivery < 200; delivery++) {
    const answer = await work(world, job, fates[delivery] ?? { delayMs: 0 }, answerOf).catch(
      (error: Error) => {
        assert.ok(error.message === FACTS_FAIL || error.message === WRITE_FAILS, error.message);
        return "failed" as const;
      },
    );
    // A caught error brings the message back after some seconds.
    if (answer === "failed") world.nowMs += 3_000;
    else if (answer === "crashed") world.nowMs += 45_000;
    else if (answer.kind === "wait") world.nowMs = Math.max(world.nowMs, answer.untilMs);
    else return answer;
  }
  throw new Error("the job never ended");
}
