import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, type World } from "../e2e/harness.ts";
import { type Death, killProvider } from "./dead-provider.ts";

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

// The one that never answers takes ten real seconds a request: `npm run reliability` tries it.
const DEATHS: Death[] = ["refuses connections", "answers 503"];
for (const death of DEATHS) {
  test(`APNs ${death} for ten minutes: FCM goes on, and all for APNs ends accepted or failed`, async () => {
    const { targets, marks } = await killProvider(world, death, 5);
    assert.equal(targets, 40);
    const { accepted = 0, failed = 0, expired = 0 } = marks;
    assert.equal(accepted + failed + expired, targets, JSON.stringify(marks));
  });
}
