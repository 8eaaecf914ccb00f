import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../e2e/harness.ts";
import { BACKLOG, FLOOD, press } from "./pressure.ts";

/** Order, not time: `npm run reliability` measures. A slow machine gets through more while the others are sent. */
const FLOODING = 1_000;
const TARGETS = 20_000;
/** What must still wait then, so that it could have been in the way. */
const STANDING = 0.1;

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

test("an app that floods the queues: what another sends does not wait behind it", async () => {
  const { waiting, targets, marks } = await press(world, {
    ...FLOOD,
    targets: FLOODING,
    probes: 2,
    latencyMs: 0,
  });
  assert.deepEqual([targets, marks.accepted], [FLOODING, FLOODING]);
  assert.ok(waiting > FLOODING * STANDING, `only ${waiting} of ${FLOODING} still waited`);
});

test("a backlog of low priority: high priority does not wait behind it", async () => {
  const { waiting, targets, marks } = await press(world, {
    ...BACKLOG,
    targets: TARGETS,
    probes: 10,
    latencyMs: 4_000,
  });
  assert.deepEqual([targets, marks.accepted], [TARGETS, TARGETS]);
  assert.ok(waiting > TARGETS * STANDING, `only ${waiting} of ${TARGETS} still waited`);
});
