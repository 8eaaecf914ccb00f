import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../../functions/core/dispatch/breaker.ts";
import type { Message } from "../../functions/core/dispatch/provider.ts";
import type { CatchUp } from "../../functions/core/inbox/inbox.ts";
import { catchUp } from "../../functions/platform/catching-up.ts";
import { inAppProvider } from "../../functions/platform/in-app.ts";
import { type WebSocketPorts, websocketProvider } from "../../functions/providers/websocket/websocket.ts";
import { inboxStore } from "../../functions/storage/inbox.ts";
import { contractSuite } from "./contract-suite.ts";
import { message, soon, target } from "./provider-world.ts";
import { fillUp, goAway, type Person, settled, subject } from "./websocket-subject.ts";

contractSuite(subject);
const { world } = subject;

const send = async ({ app, to }: Person, over: Partial<Message> = {}, ms?: number) =>
  (await inAppProvider().prepare(message({ app, ...over })))(to, soon(ms));
const inboxOf = async ({ app, to }: Person) =>
  (await inboxStore(world().tables.inbox, Date.now).head(app, to.user))?.recent;
const connectionsOf = async ({ app, to }: Person) =>
  (await world().connections.ofUser(app, to.user)).map(({ id }) => id);
const idsIn = ({ received }: Person) => received.map(({ payload }) => (payload as { id: string }).id);

test("websocket: every socket of a person gets it; one that is gone is forgotten, and costs the others nothing", async () => {
  const [phone, left, laptop] = [
    await world().person("own", "ann"),
    await world().person("own", "ann"),
    await world().person("own", "ann"),
  ];
  await goAway(left);
  assert.deepEqual(await send(phone), { kind: "accepted", providerId: "inbox 1, sockets 2" });
  for (const one of [phone, laptop]) await settled(one);
  assert.deepEqual([phone, left, laptop].map(idsIn), [["n-1"], [], ["n-1"]]);
  assert.deepEqual((await connectionsOf(phone)).sort(), [phone.connection, laptop.connection].sort());
});

test("websocket: a busy socket waits for what it missed: nothing overtakes that, and once it reads again all comes in order", async () => {
  const slow = await world().person("own", "ben");
  const { caught } = world();
  const before = caught.length;
  slow.socket.removeAllListeners("message");
  await fillUp(world(), slow);
  assert.deepEqual(await send(slow), { kind: "accepted", providerId: "inbox 1, sockets 0" });
  assert.deepEqual(await connectionsOf(slow), [slow.connection]);
  const [later, ...others] = caught.slice(before);
  const { greeted, connection } = later!.body as CatchUp;
  assert.deepEqual([greeted, connection, later?.delayS, others.length], [true, slow.connection, 1, 0]);
  const next = await send(slow, { notificationId: "n-2" });
  assert.deepEqual(next, { kind: "accepted", providerId: "inbox 2, sockets 0" });
  assert.equal(caught.length, before + 1, "it waits already");
  const stillFull = await catchUp(later!.body as CatchUp, () => false);
  assert.ok(stillFull.kind === "again");
  assert.deepEqual([stillFull.afterMs, (stillFull.resend.body as CatchUp).tries], [1_000, 1]);
  slow.socket.resume();
  await settled(slow);
  const ids: string[] = [];
  slow.socket.on("message", (data) => ids.push((JSON.parse(String(data)) as { id: string }).id));
  const answer = await catchUp(stillFull.resend.body as CatchUp, () => false);
  assert.equal(answer.kind, "done");
  assert.equal((await send(slow, { notificationId: "n-3" })).providerId, "inbox 3, sockets 1");
  await settled(slow);
  assert.deepEqual(ids, ["n-1", "n-2", "n-3"]);
});

test("websocket: a half-open socket holds nobody up, and the inbox has what it did not get", async () => {
  const person = await world().person("own", "cem");
  world().gateway.drop(person.connection);
  const startMs = performance.now();
  assert.equal((await send(person)).kind, "accepted");
  assert.ok(performance.now() - startMs < 5_000);
  assert.deepEqual(await inboxOf(person), ["n-1"]);
  assert.deepEqual(idsIn(person), []);
});

test("websocket: a frame that is too long for a socket stays in the inbox, and API Gateway is not asked", async () => {
  const person = await world().person("own", "dan");
  const { backend } = world();
  const { post } = backend;
  let posts = 0;
  backend.post = (...call) => {
    posts++;
    return post(...call);
  };
  const long = { title: "x", body: "é".repeat(16_400) };
  assert.deepEqual(await send(person, { content: long }), {
    kind: "accepted",
    providerId: "inbox 1, sockets 0",
  });
  assert.equal(posts, 0);
  assert.equal((await connectionsOf(person)).length, 1);
  assert.equal((await world().connections.ready("own", "dan")).length, 1, "nothing waits for it");
  assert.deepEqual(await inboxOf(person), ["n-1"]);
  backend.post = post;
});

test("websocket: a repetition has the same place in the inbox", async () => {
  const person = await world().person("own", "eva");
  const outcomes = [await send(person), await send(person)];
  assert.deepEqual(outcomes, new Array(2).fill({ kind: "accepted", providerId: "inbox 1, sockets 1" }));
  await settled(person);
  assert.deepEqual(
    person.received.map(({ payload }) => (payload as { sequence: number }).sequence),
    [1, 1],
  );
  assert.deepEqual(await inboxOf(person), ["n-1"]);
});

test("websocket: a post that nobody answers ends at the deadline, left to the next connect", async () => {
  const [person, other] = [await world().person("own", "fay"), await world().person("own", "fay")];
  const { backend } = world();
  const { post } = backend;
  backend.post = (...call) => (call[1] === person.connection ? new Promise(() => undefined) : post(...call));
  const startMs = performance.now();
  const outcome = await send(person, {}, 1_000);
  backend.post = post;
  assert.deepEqual(outcome, { kind: "accepted", providerId: "inbox 1, sockets 1" });
  assert.ok(performance.now() - startMs < 3_000);
  await settled(other);
  assert.deepEqual([person, other].map(idsIn), [[], ["n-1"]]);
  assert.equal((await connectionsOf(person)).length, 2, "it may only be slow");
});

/** Sends to a person whose inbox and connections are these. */
async function sendBy(over: Partial<WebSocketPorts>) {
  const ports: WebSocketPorts = {
    append: async () => 1,
    connections: async () => [],
    post: async () => "posted",
    forget: async () => undefined,
    left: async () => undefined,
    restart: async () => undefined,
    ...over,
  };
  const startMs = performance.now();
  const prepared = await websocketProvider(() => ports).prepare(message());
  const outcome = await prepared(target({ kind: "socket", user: "gil", device: "", token: "" }), soon(300));
  assert.ok(performance.now() - startMs < 2_000, "it ends at its deadline");
  return outcome;
}
const never = () => new Promise<never>(() => undefined);

test("websocket: an inbox that does not answer ends at the deadline, and may have taken the message", async () => {
  assert.deepEqual(await sendBy({ append: never }), { kind: "unknown", reason: "deadline_exceeded" });
});

test("websocket: connections that are not told in time leave the message in doubt: it must not be overtaken", async () => {
  assert.deepEqual(await sendBy({ connections: never }), { kind: "unknown", reason: "deadline_exceeded" });
});

test("websocket: a table that fails leaves the message in doubt, and is the provider's failure: its breaker counts it", async () => {
  const throttled = Object.assign(new Error("throttled"), { name: "ThrottlingException" });
  const outcome = await sendBy({ append: () => Promise.reject(throttled) });
  assert.deepEqual(outcome, { kind: "unknown", reason: "threw_ThrottlingException" });
  assert.ok(isFailure(outcome));
});
