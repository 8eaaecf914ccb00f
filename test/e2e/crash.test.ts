import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  atApns,
  ended,
  functionNamed,
  hexToken,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  world.expectTrouble(/was ended by SIGKILL/);
  app = await makeApp(world, "crash");
  for (let n = 0; n < 40; n++) {
    await person(app, `c${n}`, { phone: iphone(`crash-${n}`) });
  }
});
after(() => world.close());

const users = Array.from({ length: 40 }, (_, n) => `c${n}`);
const post = (title: string, change: object = {}) =>
  notify(app, title, { to: { users }, channels: ["mobilePush"], ...change });
const arrivals = (title: string) => atApns(world, title);
const dispatcher = () => functionNamed(world, "DispatchMobilePush");
const slow = () => world.fakes.faults.set({ provider: "apns", kind: "slow", delayMs: 1_500 });

test("a killed dispatcher's job is finished by the next within 45 s of virtual time, nothing lost", async () => {
  slow();
  const sent = await post("killed");
  await until("it sends", () => arrivals("killed").length > 0);
  world.runtime.functions.kill(dispatcher(), "SIGKILL");
  world.fakes.faults.clear();
  await world.advance(46_000);
  const status = await ended(app, sent["id"], 20_000);
  assert.equal(status.totals["accepted"], 40);
  const tokens = arrivals("killed").map(({ token }) => token);
  assert.equal(new Set(tokens).size, 40);
  assert.ok(tokens.length <= 80, `${tokens.length} requests for 40 targets and one kill`);
  // A duplicate carries the same collapse id: the phone shows one.
  const ids = new Map<string, Set<unknown>>();
  for (const { token, headers } of arrivals("killed"))
    ids.set(token, (ids.get(token) ?? new Set()).add(headers["apns-collapse-id"]));
  for (const found of ids.values()) assert.equal(found.size, 1);
});

test("a frozen dispatcher that wakes two minutes later sends nothing that another has sent", async () => {
  slow();
  const sent = await post("frozen");
  await until("it sends", () => arrivals("frozen").length > 0);
  const [environment] = world.runtime.functions
    .environments()
    .filter(({ functionName, state }) => functionName === dispatcher() && state === "busy");
  assert.ok(environment);
  world.runtime.functions.freeze(environment.id);
  world.fakes.faults.clear();
  await world.advance(120_000);
  const status = await ended(app, sent["id"], 20_000);
  const beforeThaw = arrivals("frozen").length;
  world.runtime.functions.thaw(environment.id);
  await world.runtime.clock.settled();
  assert.equal(status.totals["accepted"], 40);
  assert.equal(arrivals("frozen").length, beforeThaw, "the woken one sent again");
});

test("lost answers are in doubt and sent again under the same ids", async () => {
  world.fakes.faults.set({ provider: "apns", kind: "loseAnswer", token: hexToken("crash-1"), times: 1 });
  const sent = await post("lost-answer", { to: { users: ["c1"] } });
  await until("the first request", () => arrivals("lost-answer").length === 1);
  await world.advance(30_000);
  const status = await ended(app, sent["id"], 20_000);
  assert.equal(status.totals["accepted"], 1);
  assert.equal(arrivals("lost-answer").length, 2);
  assert.equal(new Set(arrivals("lost-answer").map(({ headers }) => headers["apns-id"])).size, 1);
  world.fakes.faults.clear();
});

test("5 % duplicated queue messages and any order: still once each", async () => {
  const queues = world.runtime.deployment.queues.map(({ name }) => name);
  for (const name of queues) world.runtime.door.faults.sqs.set(name, { duplicatePercent: 50, reorder: true });
  const sent = await Promise.all(Array.from({ length: 5 }, (_, n) => post(`doubled-${n}`)));
  for (const { id } of sent) await ended(app, id, 20_000);
  for (const name of queues) world.runtime.door.faults.sqs.set(name, {});
  for (let n = 0; n < 5; n++) assert.equal(arrivals(`doubled-${n}`).length, 40);
  await world.advance(120_000);
  for (let n = 0; n < 5; n++) assert.equal(arrivals(`doubled-${n}`).length, 40);
});

test("a burst of bad tokens deletes nothing and is called a suspected configuration; a single one goes", async () => {
  world.fakes.faults.set({ provider: "apns", status: 400, reason: "BadDeviceToken" });
  // A window of its own: the good results of the tests before would water the burst down.
  await world.advance(11 * 60_000);
  const burst = await post("burst");
  await ended(app, burst["id"]);
  world.fakes.faults.clear();
  await world.advance(11 * 60_000);
  assert.ok(world.logs.some((line) => line.includes("bad tokens kept")));
  const again = await post("after-burst");
  assert.equal((await ended(app, again["id"])).totals["accepted"], 40);
  await world.advance(11 * 60_000);
  world.fakes.faults.set({
    provider: "apns",
    token: hexToken("crash-7"),
    status: 400,
    reason: "BadDeviceToken",
  });
  await ended(app, (await post("single"))["id"]);
  world.fakes.faults.clear();
  await world.advance(11 * 60_000);
  assert.equal((await ended(app, (await post("after-single"))["id"])).totals["accepted"], 39);
});

test("pause holds an app's channel back within 5 s, resume lets it go, nothing is lost", async () => {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: true });
  await world.advance(5_000);
  const sent = await post("paused");
  await world.advance(60_000);
  assert.equal(arrivals("paused").length, 0);
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/mobilePush`, { paused: false });
  await world.advance(60_000);
  await ended(app, sent["id"]);
  assert.equal(new Set(arrivals("paused").map(({ token }) => token)).size, 39);
});

test("cancel: what is sent is said, the rest is stopped", async () => {
  slow();
  const many = await post("cancelled");
  const answer = await app.api.ok("DELETE", `/v1/notifications/${many["id"]}`);
  assert.equal(answer["state"], "cancelled");
  world.fakes.faults.clear();
  await world.advance(60_000);
  assert.equal(
    ((await app.api.ok("GET", `/v1/notifications/${many["id"]}`)) as { state: string }).state,
    "cancelled",
  );
});
