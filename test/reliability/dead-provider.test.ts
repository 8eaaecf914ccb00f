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
  test(`APNs ${death} for ten minutes: FCM goes on, and all for APNs is accepted in the end`, async () => {
    const { targets, marks } = await killProvider(world, death, 5);
    assert.equal(targets, 40);
    assert.deepEqual(marks, { accepted: targets });
  });
}
