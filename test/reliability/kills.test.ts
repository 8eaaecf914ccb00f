import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../e2e/harness.ts";
import { type Campaign, prepare, repeat } from "./campaign.ts";
import { FAULTS } from "./points.ts";

/** Kills per point: `npm run reliability` does more of them. */
const KILLS = 25;

let world: World;
let campaign: Campaign;
before(async () => {
  world = await startWorld();
  campaign = await prepare(world, "kills");
});
after(() => world.close());

for (const fault of FAULTS) {
  test(`${fault.fn} killed ${fault.point}: nothing lost, nothing untrue`, async () => {
    const result = await repeat(campaign, fault, KILLS);
    assert.equal(result.kills, KILLS, "the point was not reached");
    assert.equal(result.marks.accepted, result.targets);
    assert.ok(Math.max(...result.recoveryS) <= 125, `took ${result.recoveryS} virtual seconds`);
  });
}
