import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ended,
  iphone,
  makeApp,
  person,
  startWorld,
  type TestApp,
  tableNamed,
  until,
  type World,
} from "./harness.ts";

/** Overload is refused at the door and never dropped behind it. */

let world: World;
let app: TestApp;
const PEOPLE = Array.from({ length: 20 }, (_, n) => `p${n}`);

before(async () => {
  world = await startWorld({ synthesis: { app: "test/e2e/fixtures/small-load-app.ts" } });
  app = await makeApp(world, "busy", { limits: { requestsPerS: 10_000 } });
  for (const user of PEOPLE) {
    await person(app, user, { phone: iphone(`busy-${user}`) });
  }
});
after(() => world.close());

const request = (priority: string, n = 0, channel = "inApp") => ({
  to: { users: [PEOPLE[n % PEOPLE.length]] },
  channels: [channel],
  priority,
  content: { title: `${priority} ${n}` },
});
const post = (priority: string) => app.api.call("POST", "/v1/notifications", request(priority));
const level = async () => (await app.api.ok("GET", "/health"))["load"];

/** 200 jobs of one priority behind two workers that stand still. */
async function fill(priority: string): Promise<unknown[]> {
  const requests = Array.from({ length: 200 }, (_, n) => request(priority, n));
  const answer = await app.api.ok("POST", "/v1/notifications:batch", { notifications: requests });
  const results = answer["results"] as { status: number; accepted: { id: string } }[];
  assert.ok(
    results.every(({ status }) => status === 202),
    JSON.stringify(results[0]),
  );
  return results.map(({ accepted }) => accepted.id);
}

async function reachLevel(wanted: string): Promise<void> {
  // Its own quiet never comes while the workers stand still.
  void world.runtime.clock.jump(65_000).catch(() => undefined);
  await until(`load level ${wanted}`, async () => (await level()) === wanted, 20_000, 200);
}

async function refusedWith503(priority: string): Promise<void> {
  await until(`${priority} is refused`, async () => (await post(priority)).status === 503);
  const { status, body, headers } = await post(priority);
  assert.equal(status, 503);
  assert.equal(body["code"], "overloaded");
  assert.ok(Number(headers.get("retry-after")) >= 1);
  assert.equal(headers.get("content-type"), "application/problem+json");
}

/** Jobs that met the silence come back after a while: the clock goes on to that, however slow the machine is. */
async function allAccepted(ids: readonly unknown[]): Promise<void> {
  const stateOf = async (id: unknown) => (await app.api.ok("GET", `/v1/notifications/${id}`))["state"];
  for (const id of ids) {
    for (let step = 0; step < 60 && (await stateOf(id)) !== "completed"; step++) await world.advance(20_000);
    assert.equal((await ended(app, id)).totals["accepted"], 1);
  }
}

test("a full queue: low is refused, then normal, high never; what was accepted all arrives", async () => {
  const free = world.runtime.door.faults.dynamodb.stall({
    table: tableNamed(world, "Inbox"),
    delayMs: 2_000,
  });
  try {
    const low = await fill("low");
    await reachLevel("medium");
    await refusedWith503("low");
    assert.equal((await post("normal")).status, 202);
    const normal = await fill("normal");
    await reachLevel("high");
    await refusedWith503("low");
    await refusedWith503("normal");
    assert.equal((await post("high")).status, 202);
    free();
    await allAccepted([...low, ...normal]);
  } finally {
    free();
  }
  // The first look may meet what the jump itself has brought back into sight.
  await world.advance(130_000);
  await reachLevel("normal");
  await until("low is taken again", async () => (await post("low")).status === 202);
});

test("a throttled table before the commit: 503 with Retry-After, and nothing was accepted", async () => {
  const free = world.runtime.door.faults.dynamodb.throttle({
    table: tableNamed(world, "Delivery"),
    pkPrefix: `${app.id}#n#throttled-1`,
  });
  const body = { ...request("high"), id: "throttled-1" };
  const refused = await app.api.call("POST", "/v1/notifications", body);
  free();
  assert.equal(refused.status, 503);
  assert.equal(refused.body["code"], "unavailable");
  assert.equal(refused.headers.get("retry-after"), "2");
  assert.equal((await app.api.call("GET", "/v1/notifications/throttled-1")).status, 404);
  const again = await app.api.ok("POST", "/v1/notifications", body);
  assert.equal((await ended(app, again["id"])).state, "completed");
});

test("the queues tell what waits, how long, and what is in flight", async () => {
  const queues = await app.api.ok("GET", "/v1/queues");
  const { high } = queues["priorities"] as Record<string, Record<string, unknown>>;
  assert.equal(high?.["waiting"], 0);
  assert.equal(typeof high?.["oldestS"], "number");
});
