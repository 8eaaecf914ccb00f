import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import {
  ended,
  fcmToken,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  type World,
} from "./harness.ts";

/** Credentials of another Firebase project must not cost an app its registration tokens. */
const USERS = Array.from({ length: 25 }, (_, n) => `user${n}`);
/** The window of ten minutes, half a minute for stragglers, and what the queue needs. */
const JUDGED_MS = 640_000;

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "firebase");
  for (const user of USERS) await person(app, user, { pixel: pixel(user) });
});
after(() => world.close());
afterEach(() => world.fakes.faults.clear());

async function send(title: string, users: readonly string[] = USERS) {
  const { id } = await notify(app, title, { to: { users }, channels: ["mobilePush"], ttl: 60 });
  return (await ended(app, id)).totals;
}
async function registered(): Promise<string[]> {
  const users = await Promise.all(USERS.map((user) => app.api.ok("GET", `/v1/users/${user}`)));
  return users.flatMap(({ id, devices }) =>
    (devices as { status: string }[]).some(({ status }) => status === "active") ? [String(id)] : [],
  );
}

test("a project that Google does not know: no token is suspected, however few were tried", async () => {
  world.fakes.faults.set({ provider: "fcm", status: 404, reason: "NOT_FOUND" });
  for (const user of USERS.slice(0, 5)) assert.equal((await send(`alone ${user}`, [user]))["failed"], 1);
  assert.equal((await send("all"))["failed"], USERS.length);
  await world.advance(JUDGED_MS);
  assert.deepEqual(await registered(), USERS);
});

test("another project's account, and a burst of unknown tokens: all are judged together, and stay", async () => {
  for (const [status, reason] of [
    [403, "SENDER_ID_MISMATCH"],
    [404, "UNREGISTERED"],
  ] as const) {
    world.fakes.faults.set({ provider: "fcm", status, reason });
    await send(reason);
    await world.advance(JUDGED_MS);
    assert.deepEqual(await registered(), USERS, reason);
    assert.ok(
      world.logs.some((line) => line.includes("bad tokens kept")),
      "the judgement was passed",
    );
    world.logs.length = 0;
    world.fakes.faults.clear();
  }
  assert.equal((await send("mended"))["accepted"], USERS.length);
});

test("one unknown token among many good ones is gone once its window is over", async () => {
  world.fakes.faults.set({
    provider: "fcm",
    token: fcmToken("user7"),
    status: 404,
    reason: "UNREGISTERED",
  });
  assert.equal((await send("one of many"))["accepted"], USERS.length - 1);
  assert.deepEqual(await registered(), USERS, "not before it is judged");
  await world.advance(JUDGED_MS);
  assert.deepEqual(
    await registered(),
    USERS.filter((user) => user !== "user7"),
  );
});
