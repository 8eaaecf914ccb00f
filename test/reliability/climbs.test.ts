import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import type { WatchedCall } from "../../local/door/watch.ts";
import {
  ended,
  hexToken,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  type World,
} from "../e2e/harness.ts";
import { isBy } from "./points.ts";

/** Workers that die while they send people to the next rung: each is tried there once, and the end is told. */
const ROUNDS = 10;
let world: World;
let app: TestApp;
const phoneOf = (n: number): string => `+49151${20_000_000 + n}`;

before(async () => {
  world = await startWorld();
  world.expectTrouble(/was ended by SIGKILL/);
  app = await makeApp(world, "climbs", { limits: { requestsPerS: 10_000 } });
  await configureAddresses(world.admin, app.id);
  for (let n = 0; n < ROUNDS; n++) {
    await person(app, `c${n}`, { phone: iphone(`climbs-${n}`) });
    await app.api.ok("PUT", `/v1/users/c${n}`, { phone: phoneOf(n) });
    world.fakes.faults.set({
      provider: "apns",
      token: hexToken(`climbs-${n}`),
      status: 400,
      reason: "BadTopic",
    });
  }
});
after(() => world.close());

type Item = Record<string, { S?: string }>;
const writes = (call: WatchedCall, sk: string): boolean => {
  const item = (call.input["Item"] ?? call.input["Key"] ?? {}) as Item;
  return ["PutItem", "UpdateItem"].includes(call.operation) && (item["sk"]?.S ?? "").startsWith(sk);
};
const POINTS: Record<string, (call: WatchedCall) => boolean> = {
  "after the climb's row": (call) => writes(call, "climb#"),
  "after its jobs": ({ operation, input }) =>
    operation === "SendMessageBatch" && JSON.stringify(input).includes('\\"provider\\":\\"sns\\"'),
  "after they are counted": (call) =>
    writes(call, "header") && String(call.input["UpdateExpression"]).includes("climbJobs"),
};

/** Kills the first planner that comes to the point with a notification that none has died with. */
function killOnce(at: (call: WatchedCall) => boolean): { kills: () => number; end: () => void } {
  const dead = new Set<string>();
  let armed = true;
  const end = world.runtime.door.watch({
    before: ({ session }) => (session !== undefined && dead.has(session) ? "drop" : undefined),
    after(call) {
      if (!armed || call.session === undefined || !isBy(call, "Plan") || !at(call)) return;
      armed = false;
      dead.add(call.session);
      world.runtime.functions.kill(call.session, "SIGKILL");
    },
  });
  return { kills: () => dead.size, end };
}

for (const [point, at] of Object.entries(POINTS)) {
  test(`a planner killed ${point}: the text message goes once, and the notification ends`, async () => {
    const before = world.runtime.door.sns.messages.length;
    for (let n = 0; n < ROUNDS; n++) {
      const killer = killOnce(at);
      const sent = await notify(app, `${point} ${n}`, {
        to: { users: [`c${n}`] },
        channels: ["mobilePush"],
        ladder: [{ channels: ["sms"] }],
      });
      const deadline = performance.now() + 20_000;
      while (killer.kills() === 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(killer.kills(), 1, "the point was not reached");
      for (let step = 0; step < 4; step++) await world.advance(40_000);
      killer.end();
      const { state } = await ended(app, sent["id"]);
      assert.equal(state, "completed");
    }
    const texts = world.runtime.door.sns.messages.slice(before).map(({ token }) => token);
    assert.deepEqual(
      texts.sort(),
      Array.from({ length: ROUNDS }, (_, n) => phoneOf(n)),
    );
  });
}
