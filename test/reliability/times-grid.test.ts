import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveConfig } from "../../lib/config/config.ts";
import { type Grid, runGrid } from "./send-model.ts";

/** F4: send time x deadline x function timeout x lease x visibility, around the edges of what is let through. */
const SECONDS = [1, 2, 3, 4, 9, 10, 11, 30, 35, 45];
const SHARES = [0.01, 0.82, 0.99];
const WINDOW = 50;

type Times = {
  providerDeadlineS: number;
  dispatcherTimeoutS: number;
  leaseS: number;
  dispatchVisibilityS: number;
};

const ORDER = ["providerDeadlineS", "dispatcherTimeoutS", "leaseS", "dispatchVisibilityS"] as const;

function allTimes(): Times[] {
  const grid = (rest: number): number[][] =>
    rest === 0 ? [[]] : grid(rest - 1).flatMap((known) => SECONDS.map((value) => [...known, value]));
  return grid(ORDER.length).map(
    (values) => Object.fromEntries(ORDER.map((key, index) => [key, values[index]])) as Times,
  );
}

const inOrder = (times: Times): boolean =>
  ORDER.every((key, index) => index === 0 || times[ORDER[index - 1]!] < times[key]) &&
  times.dispatcherTimeoutS >= Math.ceil(times.providerDeadlineS * 1.2) + 1;

const gridOf = (times: Times, share: number): Grid => ({
  sendMs: Math.round(times.providerDeadlineS * 1_000 * share),
  deadlineMs: times.providerDeadlineS * 1_000,
  timeoutMs: times.dispatcherTimeoutS * 1_000,
  leaseMs: times.leaseS * 1_000,
  visibilityMs: times.dispatchVisibilityS * 1_000,
  targets: 3 * WINDOW,
  window: WINDOW,
  concurrency: 500,
});

test("every order but provider < function < lease < visibility is refused, naming a key of it", () => {
  let refused = 0;
  for (const times of allTimes()) {
    if (inOrder(times)) {
      assert.equal(resolveConfig({ times }).times.leaseS, times.leaseS);
      continue;
    }
    assert.throws(() => resolveConfig({ times }), /times\.\w+S/);
    refused++;
  }
  assert.ok(refused > 9_000, `${refused} refused`);
});

test("whatever is let through: a slow provider makes no duplicate, loses nothing and kills no worker", async () => {
  const allowed = allTimes().filter(inOrder);
  assert.ok(allowed.length > 100, `${allowed.length} allowed`);
  for (const times of allowed)
    for (const share of SHARES) {
      const { sent, twice, settled, deaths } = await runGrid(gridOf(times, share));
      const what = `${JSON.stringify(times)}, answers after ${share} of the deadline`;
      assert.deepEqual(
        { sent, twice, settled, deaths },
        { sent: 150, twice: 0, settled: true, deaths: 0 },
        what,
      );
    }
});

test("the model is awake: a sender that does not keep its deadline sends twice", async () => {
  const times = { providerDeadlineS: 10, dispatcherTimeoutS: 13, leaseS: 35, dispatchVisibilityS: 45 };
  const { twice } = await runGrid(gridOf(times, 1.4));
  assert.ok(twice > 0, "nothing was sent twice");
});
