import assert from "node:assert/strict";
import { test } from "node:test";
import type { Progress } from "../../../../functions/core/notification/notification.ts";
import { settleBucket } from "../../../../functions/core/notification/settle-bucket.ts";
import { notificationOf } from "../plan/world.ts";

async function ends(progress: Partial<Progress>): Promise<boolean> {
  let ended = false;
  const whole: Progress = {
    ...{ bucket: 0, cursor: null, planned: 2, targets: 2, closed: 2, held: 0, walked: 1, planDone: true },
    ...{ closedJobs: new Set<string>(), counts: {} },
    ...progress,
  };
  const end = async () => {
    ended = true;
    return notificationOf();
  };
  const ports = { bucketDone: async () => undefined, end, forget: async () => undefined };
  await settleBucket(ports, { app: "a", id: "n", walk: false }, whole);
  return ended;
}

test("a notification ends when all is planned and closed, ladders included", async () => {
  assert.equal(await ends({}), true);
  assert.equal(await ends({ closed: 1 }), false);
  assert.equal(await ends({ planDone: false }), false);
  // A climb's job that closes before it is counted makes the numbers equal too early.
  assert.equal(await ends({ held: 1 }), false);
});
