import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { apiClient } from "../../local/demo/api-client.ts";
import {
  ended,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  statementWith,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** Inboxes and open sockets beyond the main job. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "socket");
  await person(app, "cora");
});
after(() => world.close());

const post = (title: string, change: object = {}) =>
  notify(app, title, { to: { users: ["cora"] }, channels: ["inApp"], ...change });

test("a broadcast reaches those who connect later, once, and not those who joined later", async () => {
  await app.api.ok("PUT", "/v1/users/late", {});
  const first = await post("to-all-1", { to: { everyone: true } });
  await ended(app, first["id"]);
  await app.api.ok("PUT", "/v1/users/joined", {});
  const single = await post("single", { to: { users: ["late"] } });
  await ended(app, single["id"]);
  const socket = await app.connect("late");
  await until("both arrive", () => socket.notifications().length >= 2);
  const second = await post("to-all-2", { to: { everyone: true } });
  await until("the second arrives", () => socket.notifications().some(({ id }) => id === second["id"]));
  await ended(app, second["id"]);
  socket.close();
  const titles = socket.notifications().map(({ data }) => data["title"]);
  assert.equal(titles.filter((title) => title === "to-all-1").length, 1);
  assert.equal(titles.filter((title) => title === "to-all-2").length, 1);
  const sequences = socket.notifications().map(({ sequence }) => sequence!);
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  const newcomer = await app.connect("joined");
  await until("greeted", () => newcomer.frames.some(({ type }) => type === "hello"));
  await until("to-all-2 arrives", () => newcomer.notifications().length > 0);
  assert.deepEqual(
    newcomer.notifications().map(({ data }) => data["title"]),
    ["to-all-2"],
  );
  newcomer.close();
});

test("what a person has clicked before they ever connected is taken, and their inbox is theirs all the same", async () => {
  await person(app, "nell", { phone: pixel("nell") });
  const to = { everyone: true };
  const sent = await post("tapped", { to, channels: ["inApp", "mobilePush"] });
  await ended(app, sent["id"]);
  const nell = apiClient(world.runtime.apiUrl, app.token("nell"));
  const told = await nell.call("POST", "/v1/client/receipts", { notification: sent["id"], event: "clicked" });
  assert.equal(told.status, 204, JSON.stringify(told.body));
  const socket = await app.connect("nell");
  await until("it comes", () => socket.notifications().some(({ id }) => id === sent["id"]));
  socket.close();
});

test("a connection that is gone is forgotten; a heartbeat keeps one seen; a ping costs no function; what is no JSON object is ignored", async () => {
  const socket = await app.connect("cora");
  await until("greeted", () => socket.frames.some(({ type }) => type === "hello"));
  const invoked = () => world.runtime.meter.totals().units["lambda.request"] ?? 0;
  const before = invoked();
  socket.send({ type: "ping" });
  await until("the ping is answered", () => socket.frames.length > 1);
  assert.equal(invoked(), before);
  socket.send({ type: "heartbeat" });
  await until("the heartbeat is taken", () => invoked() > before);
  await world.runtime.clock.settled();
  const [taken, told] = [invoked(), socket.frames.length];
  socket.send([]);
  await until("what is no JSON object is taken", () => invoked() > taken);
  await world.runtime.clock.settled();
  assert.equal(socket.frames.length, told, "nothing is answered to it");
  const disconnectRight = statementWith(world, "Socket", "dynamodb:DeleteItem");
  const putBack = world.runtime.door.dropStatement(disconnectRight.id);
  world.expectTrouble(/SocketRole.*(denied|not authorized)|SocketFunction.*AccessDenied/);
  socket.close();
  await until("closed at the gateway", () => world.runtime.gateway?.connections().length === 0);
  await world.runtime.clock.settled();
  putBack();
  const sent = await post("to a ghost");
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 1);
});
