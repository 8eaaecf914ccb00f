import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineGroups } from "../../../functions/platform/line-groups.ts";

const grouped = (...lines: string[]) => lineGroups(lines, (line) => line.split(" "));

test("lines that name one thing in common are one group, also over others, in their order", () => {
  assert.deepEqual(grouped("ann t1", "bob t2", "ann t3"), [["ann t1", "ann t3"], ["bob t2"]]);
  assert.deepEqual(grouped("ann t1", "bob t2", "cid t1 t2", "dan t4"), [
    ["ann t1", "bob t2", "cid t1 t2"],
    ["dan t4"],
  ]);
  assert.deepEqual(
    lineGroups([], () => ["x"]),
    [],
  );
});

test("a line that names nothing has nothing in common with another", () => {
  assert.deepEqual(
    lineGroups([1, 2, 3], (line) => (line === 2 ? ["x"] : [])),
    [[1], [2], [3]],
  );
});

test("groups are apart, whole and in order, whatever is named", () => {
  const names = fc.array(fc.constantFrom(..."abcdefghij"), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(names, { maxLength: 30 }), (named) => {
      const groups = lineGroups([...named.keys()], (index) => named[index]!);
      assert.deepEqual(
        groups.flat().toSorted((a, b) => a - b),
        [...named.keys()],
      );
      for (const group of groups)
        assert.deepEqual(
          group,
          group.toSorted((a, b) => a - b),
        );
      const sets = groups.map((group) => new Set(group.flatMap((index) => named[index]!)));
      for (const [at, set] of sets.entries())
        for (const other of sets.slice(at + 1)) assert.ok(set.isDisjointFrom(other));
      for (const group of groups) assert.ok(isConnected(group.map((index) => named[index]!)));
    }),
  );
});

/** Whether every line is reached from the first one over common names. */
function isConnected([first = [], ...others]: string[][]): boolean {
  const reached = new Set(first);
  let left = others;
  for (;;) {
    const [near, far] = [
      left.filter((line) => line.some((name) => reached.has(name))),
      left.filter((line) => !line.some((name) => reached.has(name))),
    ];
    if (near.length === 0) return far.length === 0;
    for (const name of near.flat()) reached.add(name);
    left = far;
  }
}
