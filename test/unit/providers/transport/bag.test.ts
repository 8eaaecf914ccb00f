import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bag, type Slotted } from "../../../../functions/providers/transport/bag.ts";

type Item = Slotted & { n: number };
const items = (): Item[] => Array.from({ length: 12 }, (_, n) => ({ n, slot: -1 }));

test("a bag holds what a set would hold", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(11)), { maxLength: 60 }), (steps) => {
      const [all, under, model] = [items(), bag<Item>(), new Set<number>()];
      for (const [add, n] of steps) {
        const item = all[n]!;
        if (!add) under.remove(item);
        else if (!model.has(n)) under.add(item);
        if (add) model.add(n);
        else model.delete(n);
        const seen: number[] = [];
        under.forEach((there) => void seen.push(there.n));
        assert.deepEqual(
          seen.sort((a, b) => a - b),
          [...model].sort((a, b) => a - b),
        );
        assert.equal(under.size, model.size);
      }
    }),
  );
});

test("what is removed during a walk is not visited later, and everything else is visited once", () => {
  const [all, under] = [items(), bag<Item>()];
  for (const item of all) under.add(item);
  const seen: number[] = [];
  under.forEach((item) => {
    seen.push(item.n);
    under.remove(item);
  });
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    all.map(({ n }) => n),
  );
  assert.equal(under.size, 0);
});

test("an item of another bag is not taken out of this one", () => {
  const [one, other] = [bag<Item>(), bag<Item>()];
  const [first, second] = items();
  one.add(first!);
  other.add(second!);
  one.remove(second!);
  assert.deepEqual([one.size, other.size], [1, 1]);
});
