import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../e2e/harness.ts";
import { type Campaign, prepare } from "./campaign.ts";
import { freezeAndThaw } from "./freeze.ts";
import type { Point } from "./points.ts";

const TIMES = 8;

let world: World;
let campaign: Campaign;
before(async () => {
  world = await startWorld();
  campaign = await prepare(world, "frozen");
});
after(() => world.close());

const POINTS: Point[] = ["after lease", "in mid-request", "before the outcomes are written"];
for (const point of POINTS) {
  test(`a dispatcher frozen ${point} wakes after 120 s: it begins no request and settles nothing again`, async () => {
    const result = await freezeAndThaw(campaign, point, TIMES);
    assert.equal(result.kills, TIMES, "the point was not reached");
    assert.equal(result.marks.accepted, result.targets);
    assert.equal(result.settledTwice, 0);
    // What had passed the look at the lease and stood in the socket's line leaves when it wakes: no more than that.
    assert.ok(
      result.lateRequests <= (point === "in mid-request" ? result.targets : 0),
      `${result.lateRequests}`,
    );
    assert.ok(result.extra <= (point === "after lease" ? 0 : result.targets), `${result.extra}`);
  });
}
