import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Gate } from "../../../../functions/core/dispatch/gate.ts";
import { accepted } from "../../../../functions/core/dispatch/outcome.ts";
import type { JobRules } from "../../../../functions/core/ledger/ledger.ts";
import { MARK, type Mark, markName } from "../../../../functions/core/ledger/mark.ts";
import { kinds, RUNS, rules, runToEnd } from "./runs.ts";
import { type Fate, jobOf, newWorld, OPEN_GATE, work } from "./world.ts";

/** Facts that cannot be read once a job is claimed: nothing was sent, and nothing may look as if it had been. */
test("truth: what was never sent is never in doubt, however often facts cannot be read, unless a worker died", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      rules,
      fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 60_000 }), factsFail: fc.boolean() }), {
        maxLength: 12,
      }),
      fc.array(fc.array(kinds, { maxLength: 4 }), { maxLength: 12 }),
      async (count, jobRules, fates, script) => {
        const world = newWorld(count);
        await runToEnd(world, count, jobRules, fates, script);
        assert.equal(world.ledger!.crashes, 0);
        for (let position = 0; position < count; position++) {
          const mark = world.ledger!.marks[position];
          if (world.received[position] === 0)
            assert.ok(
              mark !== MARK.unknown && mark !== MARK.poison,
              `never sent, and ${markName(mark as Mark)}`,
            );
        }
      },
    ),
    { numRuns: RUNS },
  );
});

/** A worker dies in its first window, and facts cannot be read ten times after that. */
async function unreadableAfterDeath(jobRules: JobRules) {
  const world = newWorld(6);
  const death: Fate = { delayMs: 0, crashAtStep: 5 };
  const unreadable = new Array<Fate>(10).fill({ delayMs: 0, factsFail: true });
  await runToEnd(world, 6, jobRules, [death, ...unreadable], []);
  assert.equal(world.ledger!.crashes, 1);
  return world;
}

test("facts that cannot be read after a death are no further deaths, and spend no pass", async () => {
  const world = await unreadableAfterDeath({ attempts: 3, unknown: "resend", window: 3 });
  assert.deepEqual([...world.ledger!.marks], new Array(6).fill(MARK.accepted));
  assert.ok(world.ledger!.passes <= 2, `${world.ledger!.passes} passes`);
  assert.ok(world.received.every((times) => times <= 2));
});

test("facts that cannot be read after a death give no attempt more", async () => {
  for (const window of [3, 50]) {
    const { received, ledger } = await unreadableAfterDeath({ attempts: 1, unknown: "resend", window });
    assert.ok(
      received.every((times) => times <= 1),
      `${received}`,
    );
    assert.ok([...ledger!.marks].every((mark) => mark === MARK.accepted || mark === MARK.unknown));
  }
});

test("facts that cannot be read after a death are no deaths beside a provider that has fallen silent either", async () => {
  const world = newWorld(2);
  const job = jobOf(2, { attempts: 3, unknown: "resend", window: 50 });
  const answerOf = () => accepted();
  assert.equal(await work(world, job, { delayMs: 0, crashAtStep: 3 }, answerOf), "crashed");
  const gate: Gate = { ...OPEN_GATE, isShut: () => true };
  for (let delivery = 0; delivery < 10; delivery++) {
    world.nowMs += 45_000;
    await assert.rejects(work(world, job, { delayMs: 0, factsFail: true, ports: { gate } }, answerOf));
  }
  assert.deepEqual([world.ledger!.state, world.ledger!.crashes], ["waiting", 1]);
  const answer = await work(world, job, { delayMs: 0 }, answerOf);
  assert.ok(answer !== "crashed" && answer.kind === "done");
  assert.deepEqual([...world.ledger!.marks], [MARK.accepted, MARK.accepted]);
});
