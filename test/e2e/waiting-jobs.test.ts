import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, iphone, makeApp, notify, person, startWorld, type TestApp, type World } from "./harness.ts";

/** A job that waits before it is claimed has no ledger: the reconciler must not take its message for lost. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "patient");
  await person(app, "ann", { phone: iphone("patient-ann") });
});
after(() => world.close());

const pause = (paused: boolean) => app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused });
const plannedAgain = () =>
  world.logs.filter((line) => line.includes('"reconciled"') && line.includes("planned again"));
const waiting = () => {
  const queue = world.runtime.deployment.queues.find(({ name }) => /mobilepush.*high/i.test(name));
  assert.ok(queue, "the queue of urgent pushes");
  const { visible, inFlight, delayed } = world.runtime.door.sqs.counts(queue.name);
  return visible + inFlight + delayed;
};

const dead = async () =>
  ((await world.admin.ok("GET", "/v1/queues"))["dead"] as Record<string, number>)["mobilePush"];
/** Pauses longer than a notification lives, and looks what its message comes to afterwards. */
async function outlive(id: unknown) {
  for (let minute = 0; minute < 4; minute++) await world.advance(60_000);
  await pause(false);
  await world.advance(60_000);
  await ended(app, id);
  assert.deepEqual([waiting(), await dead()], [0, 0]);
  assert.deepEqual(
    world.logs.filter((line) => line.includes("message refused")),
    [],
  );
  return (await ended(app, id)).counts;
}

test("a message that outlives its notification is dropped: it has expired meanwhile", async () => {
  await pause(true);
  const { id } = await notify(app, "Over", { to: { users: ["ann"] }, channels: ["mobilePush"], ttl: 120 });
  assert.deepEqual(await outlive(id), [
    { channel: "mobilePush", provider: "apns", outcomes: { expired: 1 } },
  ]);
});

test("a message that outlives its notification is dropped: it was cancelled meanwhile", async () => {
  await pause(true);
  const { id } = await notify(app, "Called off", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await app.api.ok("DELETE", `/v1/notifications/${id}`);
  assert.deepEqual(await outlive(id), [
    { channel: "mobilePush", provider: "apns", outcomes: { cancelled: 1 } },
  ]);
});

test("a pause of half an hour makes no second message, and all arrives once when it is over", async () => {
  await pause(true);
  const { id } = await notify(app, "Later", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  for (let minute = 0; minute < 30; minute++) await world.advance(60_000);
  assert.deepEqual(plannedAgain(), []);
  assert.equal(waiting(), 1);
  await pause(false);
  await world.advance(60_000);
  assert.equal((await ended(app, id)).totals["accepted"], 1);
  assert.equal(world.fakes.apns.received.filter(({ status }) => status === 200).length, 1);
});
