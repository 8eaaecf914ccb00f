import assert from "node:assert/strict";
import { test } from "node:test";
import { turnstile } from "../../../../functions/core/dispatch/turnstile.ts";

/** Work that goes on until it is told to end. */
function gate(weights: number[], capacity: number) {
  const gates = turnstile(capacity);
  const inside = new Set<number>();
  const ends = weights.map(() => Promise.withResolvers<void>());
  const all = weights.map((weight, index) =>
    gates.run(weight, async () => {
      inside.add(index);
      await ends[index]!.promise;
      inside.delete(index);
    }),
  );
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  return { inside, all, end: (index: number) => ends[index]!.resolve(), tick };
}

test("light work goes in together, heavy work one after the other, in order", async () => {
  const { inside, all, end, tick } = gate([1, 1, 340, 340, 1], 500);
  await tick();
  assert.deepEqual([...inside], [0, 1, 2], "the second heavy one waits, and so does what came after it");
  end(2);
  await tick();
  assert.deepEqual([...inside], [0, 1, 3, 4]);
  for (const index of [0, 1, 3, 4]) end(index);
  await Promise.all(all);
});

test("what is heavier than the capacity goes in alone", async () => {
  const { inside, all, end, tick } = gate([700, 1], 500);
  await tick();
  assert.deepEqual([...inside], [0]);
  end(0);
  await tick();
  assert.deepEqual([...inside], [1]);
  end(1);
  await Promise.all(all);
});

test("work that fails makes room as well", async () => {
  const gates = turnstile(1);
  await assert.rejects(
    gates.run(1, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await gates.run(1, async () => "in"), "in");
});
