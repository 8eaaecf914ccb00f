import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ended,
  iphone,
  makeApp,
  person,
  startWorld,
  statementWith,
  type TestApp,
  type World,
} from "./harness.ts";

/** Policies are enforced, not decoration: without one of these statements the main job turns red. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  world.expectTrouble(/denied|not authorized|AccessDenied/);
  app = await makeApp(world, "policy");
  await person(app, "pia", { phone: iphone("pia") });
});
after(() => world.close());

const send = async () => {
  const { status, body } = await app.api.call("POST", "/v1/notifications", {
    to: { users: ["pia"] },
    channels: ["mobilePush", "inApp"],
    content: { title: "t" },
  });
  if (status !== 202) return status;
  try {
    return (await ended(app, body["id"], 4_000)).totals["accepted"] === 2 ? "delivered" : "not all";
  } catch {
    return "stuck"; // the notification did not end in time
  }
};

test("with all statements the main job is green", async () => {
  assert.equal(await send(), "delivered");
});

for (const [fn, action] of [
  ["Send", "dynamodb:PutItem"],
  ["DispatchMobilePush", "secretsmanager:GetSecretValue"],
  ["DispatchInApp", "dynamodb:PutItem"],
  ["Send", "sqs:SendMessage"],
] as const) {
  test(`without ${action} of ${fn} it is red`, async () => {
    // Environments that hold what they read before must not hide the missing right.
    world.runtime.functions.recycle();
    const before = world.troubles.length;
    const putBack = world.runtime.door.dropStatement(statementWith(world, fn, action).id);
    try {
      assert.notEqual(await send(), "delivered");
      assert.ok(
        world.troubles.slice(before).some((text) => text.includes(`${fn}Role`)),
        `nobody was denied ${action}`,
      );
    } finally {
      putBack();
    }
  });
}
