import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { turnstile } from "../../../../functions/core/dispatch/turnstile.ts";

const CAPACITY = 1_250;
const SHARE = 0.8;

type Work = { key: string; weight: number };
type Step = { come: Work } | { end: number };

const weight = fc.oneof(
  fc.constantFrom(1, 50, 200),
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1_000, max: 1_400 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ come: fc.record({ key: fc.constantFrom("a", "b", "c", "d"), weight }) }),
  },
  // Which of those inside, from the eldest.
  { weight: 2, arbitrary: fc.record({ end: fc.nat(30) }) },
);

/** Who is inside and who waits, kept beside the turnstile from what it lets in. */
function watched() {
  const gates = turnstile(CAPACITY, SHARE);
  const came: { work: Work; end: () => void }[] = [];
  const entered: number[] = [];
  const inside = new Set<number>();
  const waiting = new Set<number>();
  const held = (key?: string) =>
    [...inside]
      .map((index) => came[index]!.work)
      .filter((work) => key === undefined || work.key === key)
      .reduce((sum, work) => sum + work.weight, 0);
  const headOf = (key: string) => [...waiting].find((index) => came[index]!.work.key === key);
  /** Its key's turn has come, as far as the key's own work is concerned. */
  const isTurn = (index: number) => {
    const { key, weight: heavy } = came[index]!.work;
    const holds = held(key);
    return holds === 0 || holds + heavy <= SHARE * (CAPACITY - (held() - holds));
  };
  const fits = (index: number) => inside.size === 0 || held() + came[index]!.work.weight <= CAPACITY;
  const heads = () => ["a", "b", "c", "d"].map(headOf).filter((index) => index !== undefined);

  function checkEntry(index: number) {
    const { key } = came[index]!.work;
    assert.equal(headOf(key), index, "within a key, first come, first served");
    assert.ok(
      isTurn(index),
      "no key takes more than its share of what the others leave, unless it holds nothing",
    );
    assert.ok(fits(index), "the capacity holds");
    for (const other of heads().filter((head) => head !== index && isTurn(head))) {
      const [own, others] = [held(key), held(came[other]!.work.key)];
      assert.ok(
        own < others || (own === others && index < other),
        "who holds less was first, then who came first",
      );
    }
    waiting.delete(index);
    inside.add(index);
  }

  /** What went in since, one after the other, and that nobody waits who could have. */
  async function settle() {
    const seen = entered.length;
    await new Promise((resolve) => setImmediate(resolve));
    for (const index of entered.slice(seen)) checkEntry(index);
    const next = heads()
      .filter(isTurn)
      .toSorted((one, other) => held(came[one]!.work.key) - held(came[other]!.work.key) || one - other)[0];
    if (next !== undefined) assert.ok(!fits(next), "who is next waits for room only");
    const heaviest = Math.max(...heads().map((head) => came[head]!.work.weight));
    if (waiting.size > 0 && heaviest <= CAPACITY - SHARE * CAPACITY)
      assert.ok(held() + heaviest > SHARE * CAPACITY, "what one key may have is used while anybody waits");
  }

  return {
    inside,
    waiting,
    async come(work: Work) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const index = came.push({ work, end: resolve }) - 1;
      waiting.add(index);
      const settled = settle();
      void gates.run(work.key, work.weight, async () => {
        entered.push(index);
        await promise;
      });
      await settled;
    },
    async end(which: number) {
      const index = [...inside][which % inside.size]!;
      inside.delete(index);
      const settled = settle();
      came[index]!.end();
      await settled;
    },
  };
}

test("capacity, shares, order and no idle room, whatever comes and ends; in the end all have been in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { inside, waiting, come, end } = watched();
      for (const next of steps) {
        if ("come" in next) await come(next.come);
        else if (inside.size > 0) await end(next.end);
      }
      while (inside.size > 0) await end(0);
      assert.equal(waiting.size, 0);
    }),
    { numRuns: 300 },
  );
});

test("a newcomer of a window's weight never waits for one slow key, whatever that has brought", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 250 }),
      async (weights, light) => {
        const { waiting, come } = watched();
        for (const heavy of weights) await come({ key: "a", weight: heavy });
        const before = waiting.size;
        await come({ key: "b", weight: light });
        assert.equal(waiting.size, before);
      },
    ),
  );
});

test("no stream of others' work keeps anybody out for longer than what was before it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(weight, { minLength: 8, maxLength: 8 }), weight, async (weights, own) => {
      const { inside, waiting, come, end } = watched();
      for (const [index, heavy] of weights.entries()) await come({ key: "abc"[index % 3]!, weight: heavy });
      await come({ key: "d", weight: own });
      // Whoever ends is followed by more of the same keys.
      for (let turn = 0; turn < weights.length && waiting.has(weights.length); turn++) {
        await end(0);
        await come({ key: "abc"[turn % 3]!, weight: weights[turn]! });
      }
      assert.ok(inside.size > 0 && !waiting.has(weights.length));
    }),
  );
});
