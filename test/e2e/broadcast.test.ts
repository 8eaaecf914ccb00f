import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ended,
  functionNamed,
  hexToken,
  makeApp,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

const DEVICES = 10_000;
const LINES = 1_000;

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  world.expectTrouble(/was ended by SIGKILL/);
  app = await makeApp(world, "crowd", { limits: { requestsPerS: 10_000 } });
});
after(() => world.close());

/** Registers users `u0…` with an iPhone each, a thousand lines a request. */
async function crowd(): Promise<void> {
  for (let first = 0; first < DEVICES; first += LINES) {
    const lines = Array.from({ length: LINES }, (_, n) =>
      JSON.stringify({
        user: `u${first + n}`,
        device: "phone",
        platform: "ios",
        tokens: [{ kind: "apns", token: hexToken(`crowd-${first + n}`) }],
      }),
    );
    const { status, body } = await app.api.call("POST", "/v1/devices:bulk", lines.join("\n"), {
      "content-type": "application/x-ndjson",
    });
    assert.equal(status, 207, JSON.stringify(body).slice(0, 300));
  }
}

test("a broadcast reaches 10,000 devices, each once, though a planner and a dispatcher are killed", {
  timeout: 240_000,
}, async () => {
  await crowd();
  const before = world.fakes.apns.received.length;
  const sent = await app.api.ok("POST", "/v1/notifications", {
    to: { everyone: true },
    category: "marketing",
    channels: ["mobilePush"],
    content: { title: "Everyone" },
  });
  assert.equal(sent["recipients"], "counting");
  await until("the dispatch has begun", () => world.fakes.apns.received.length > before + 500, 60_000);
  world.runtime.functions.kill(functionNamed(world, "Plan"), "SIGKILL");
  world.runtime.functions.kill(functionNamed(world, "DispatchMobilePush"), "SIGKILL");
  await world.runtime.clock.settled(60_000).catch(() => undefined); // what the dead held comes back with the clock
  for (let minute = 0; minute < 4; minute++) await world.advance(60_000);
  const status = await ended(app, sent["id"], 60_000);
  assert.equal(status.state, "completed");
  const tokens = world.fakes.apns.received
    .slice(before)
    .filter(({ status: code }) => code === 200)
    .map(({ token }) => token);
  assert.equal(new Set(tokens).size, DEVICES);
  // At most one window of 200 per job that the killed environment held may have been sent again.
  assert.ok(tokens.length - DEVICES <= 20 * 200, `${tokens.length - DEVICES} sent twice`);
  assert.equal(status.totals["accepted"], DEVICES);
});

test("explain finds anyone in the walk", async () => {
  const { notifications } = (await app.api.ok("GET", "/v1/notifications?limit=1")) as {
    notifications: { id: string }[];
  };
  const why = await app.api.ok("GET", `/v1/notifications/${notifications[0]!.id}/recipients/u4711`);
  assert.match(String(why["sentence"]), /u4711/);
  assert.match(JSON.stringify(why), /accepted/);
});

test("high priority passes a backlog of low", { timeout: 120_000 }, async () => {
  // Some twenty seconds for all of them: no machine is so busy that the code comes after.
  world.fakes.apns.latencyMs = 2_000;
  const walk = await app.api.ok("POST", "/v1/notifications", {
    to: { everyone: true },
    priority: "low",
    channels: ["mobilePush"],
    content: { title: "Backlog" },
  });
  await until(
    "the backlog stands",
    () => world.fakes.apns.received.some(({ payload }) => JSON.stringify(payload).includes("Backlog")),
    60_000,
  );
  const sent = await app.api.ok("POST", "/v1/notifications", {
    to: { users: ["u1"] },
    priority: "high",
    channels: ["mobilePush"],
    content: { title: "Code 1234" },
  });
  await until(
    "the code arrives",
    () => world.fakes.apns.received.some(({ payload }) => JSON.stringify(payload).includes("Code 1234")),
    30_000,
  );
  const { state } = (await app.api.ok("GET", `/v1/notifications/${walk["id"]}`)) as { state: string };
  assert.notEqual(state, "completed", "the code came last");
  await app.api.ok("DELETE", `/v1/notifications/${walk["id"]}`);
  world.fakes.apns.latencyMs = 0;
  await ended(app, sent["id"]);
  const status = await ended(app, walk["id"], 60_000);
  assert.equal(status.state, "cancelled");
});
