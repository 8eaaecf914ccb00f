import assert from "node:assert/strict";
import { test } from "node:test";
import type { SendMany, Target } from "../../../../functions/core/dispatch/provider.ts";
import { dayBudget, withinBudget } from "../../../../functions/providers/vendor/day-budget.ts";

const EVENING = Date.UTC(2026, 10, 20, 12); // 20:00 in China

/** A day's count that all environments share. */
function world(most: number) {
  const state = { used: 0, nowMs: EVENING, leases: 0, broken: false };
  const sent: string[] = [];
  const lease = async (amount: number) => {
    state.leases++;
    if (state.broken) throw new Error("no answer");
    if (state.used + amount > most) return false;
    state.used += amount;
    return true;
  };
  const environment = () => {
    const sender: SendMany = {
      most: 1_000,
      async send(targets) {
        sent.push(...targets.map(({ token }) => token));
        return targets.map(() => ({ kind: "accepted" as const }));
      },
    };
    return withinBudget(sender, dayBudget({ most, lease, now: () => state.nowMs }));
  };
  return { state, sent, environment };
}
const targets = (count: number): Target[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ user: "u", device: "d", kind: "mi" as const, token: `t${n}`, messageId: "m" },
  }));
const kinds = async (sender: SendMany, count: number) =>
  (await sender.send(targets(count), { deadlineMs: 0 })).map(({ kind, reason }) => reason ?? kind);

test("what the day has left goes out, the rest is refused without a request", async () => {
  const { environment, sent, state } = world(100);
  const [one, other] = [environment(), environment()];
  assert.deepEqual(new Set(await kinds(one, 60)), new Set(["accepted"]));
  const second = await kinds(other, 60);
  const left = second.filter((kind) => kind === "accepted").length;
  assert.ok(left >= 30 && left <= 40, `${left} of the 40 that were left`);
  assert.deepEqual(second.slice(left), new Array(60 - left).fill("day_budget"));
  assert.ok(sent.length <= 100 && state.used <= 100);
});

test("a day that is used up is asked about once; at midnight in China a new one begins", async () => {
  const { environment, state } = world(10);
  const one = environment();
  await kinds(one, 10);
  assert.deepEqual(await kinds(one, 2), ["day_budget", "day_budget"]);
  const { leases } = state;
  await kinds(one, 500);
  assert.equal(state.leases, leases);
  Object.assign(state, { nowMs: EVENING + 4 * 3_600_000, used: 0 });
  assert.deepEqual(await kinds(one, 1), ["accepted"]);
});

test("a count that cannot be read sends nothing, and is tried again", async () => {
  const { environment, sent, state } = world(10);
  state.broken = true;
  assert.deepEqual(await kinds(environment(), 2), ["day_budget_unknown", "day_budget_unknown"]);
  assert.deepEqual(sent, []);
});
