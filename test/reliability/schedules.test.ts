import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../e2e/harness.ts";
import { type Campaign, prepare } from "./campaign.ts";
import { SCHEDULE_FAULTS, schedules } from "./schedules.ts";

const NOTIFICATIONS = 10;
const TARGETS = NOTIFICATIONS * 8;

let world: World;
let campaign: Campaign;
before(async () => {
  world = await startWorld();
  campaign = await prepare(world, "schedules");
});
after(() => world.close());

for (const fault of SCHEDULE_FAULTS) {
  test(`a schedule that ${fault.name}: ${fault.cancelled ? "never sent" : "sent once"}`, async () => {
    const { received, targets, marks, lateS } = await schedules(campaign, fault, NOTIFICATIONS);
    if (fault.cancelled) {
      assert.equal(received, 0);
      return;
    }
    assert.deepEqual([targets, marks.accepted, received], [TARGETS, TARGETS, TARGETS]);
    assert.ok(Math.min(...lateS) >= 0, "sent before its time");
    // What is later than 15 minutes travels by a schedule one minute early: five minutes late are four.
    const most = fault.faults.lateMs === undefined ? 5 : 305;
    assert.ok(Math.max(...lateS) <= most, `${Math.max(...lateS)} s late`);
  });
}
