import assert from "node:assert/strict";
import { test } from "node:test";
import { loadLevel, refuses } from "../../../../functions/core/load/load-level.ts";

const LIMITS = { mediumBacklog: 100, highBacklog: 1_000, mediumAgeS: 300, highAgeS: 1_800 };
const NONE = { backlog: 0, oldestS: 0 };
const level = (change: Partial<Parameters<typeof loadLevel>[0]>) =>
  loadLevel({ high: NONE, normal: NONE, low: NONE, ...change }, LIMITS);

test("the level follows backlog and age of high and normal", () => {
  assert.equal(level({}), "normal");
  for (const priority of ["high", "normal"] as const) {
    assert.equal(level({ [priority]: { backlog: 99, oldestS: 299 } }), "normal");
    assert.equal(level({ [priority]: { backlog: 100, oldestS: 0 } }), "medium");
    assert.equal(level({ [priority]: { backlog: 0, oldestS: 300 } }), "medium");
    assert.equal(level({ [priority]: { backlog: 1_000, oldestS: 0 } }), "high");
    assert.equal(level({ [priority]: { backlog: 0, oldestS: 1_800 } }), "high");
  }
});

test("a backlog of low alone refuses low and nothing else", () => {
  assert.equal(level({ low: { backlog: 1_000_000, oldestS: 86_400 } }), "medium");
});

test("low is refused from medium on, normal from high on, high never", () => {
  const refused = (["normal", "medium", "high"] as const).map((at) =>
    (["high", "normal", "low"] as const).filter((priority) => refuses(at, priority)),
  );
  assert.deepEqual(refused, [[], ["low"], ["normal", "low"]]);
});
