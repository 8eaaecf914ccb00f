import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatchUp } from "../../functions/core/inbox/inbox.ts";
import { catchUp, fellBehind } from "../../functions/platform/catching-up.ts";
import { APP, framesOf, inAppWorld, item, MINUTE_MS } from "./in-app-world.ts";
import { goAway, type Person } from "./websocket-subject.ts";

/** What a connection gets of what came while it was not there, and while it is being told. */
const { world, inbox, newcomer, catchUpNow, send } = inAppWorld();
const asked = ({ to, connection }: Person, over: Partial<CatchUp> = {}): CatchUp => ({
  ...{ v: 1, kind: "catchUp", app: APP, user: to.user, connection, connectedAtMs: Date.now() },
  ...over,
});

test("a message that comes before the catch-up overtakes nothing: all come by it, in order", async () => {
  const ann = await newcomer("ann");
  await inbox().append(APP, "ann", item("m1"));
  await inbox().append(APP, "ann", item("m2"));
  assert.equal((await send(ann, "m3")).providerId, "inbox 3, sockets 0");
  assert.equal((await catchUpNow(asked(ann))).kind, "done");
  assert.equal((await send(ann, "m4")).providerId, "inbox 4, sockets 1");
  assert.deepEqual(await framesOf(ann), ["hello", "m1", "m2", "m3", "m4"]);
});

test("a message that comes while the last missed one is being sent is not lost between the two", async () => {
  const bob = await newcomer("bob");
  await inbox().append(APP, "bob", item("m1"));
  const { backend } = world();
  const { post } = backend;
  let sending: Promise<unknown> | undefined;
  backend.post = async (...call) => {
    const done = await post(...call);
    if (String(call[2]).includes('"m1"')) sending = send(bob, "m2");
    await sending;
    return done;
  };
  assert.equal((await catchUpNow(asked(bob))).kind, "done");
  backend.post = post;
  assert.deepEqual(await framesOf(bob), ["hello", "m1", "m2"]);
});

test("what does not fit into an invocation goes on in another from where it was; what was acknowledged is not sent", async () => {
  const cem = await newcomer("cem");
  for (const id of ["m1", "m2", "m3"]) await inbox().append(APP, "cem", item(id));
  await inbox().ack(APP, "cem", 1);
  const { backend } = world();
  const { post } = backend;
  let posts = 0;
  backend.post = (...call) => {
    posts++;
    return post(...call);
  };
  const first = await catchUp(asked(cem), () => posts >= 2);
  backend.post = post;
  assert.ok(first.kind === "again" && first.changed);
  const rest = first.resend.body as CatchUp;
  assert.deepEqual([first.afterMs, rest.greeted], [1_000, true]);
  assert.equal((await world().connections.ofUser(APP, "cem"))[0]?.behindFrom, 3);
  assert.equal((await send(cem, "m4")).providerId, "inbox 4, sockets 0", "it still waits");
  assert.equal((await catchUpNow(rest)).kind, "done");
  assert.deepEqual(await framesOf(cem), ["hello", "m2", "m3", "m4"]);
});

test("a connection that cannot be posted to yet is kept; one that is gone for good is forgotten", async () => {
  const dee = await newcomer("dee");
  await goAway(dee);
  const young = await catchUpNow(asked(dee));
  assert.equal(young.kind, "again");
  assert.equal((await world().connections.ofUser(APP, "dee")).length, 1);
  assert.equal((await send(dee, "m1")).providerId, "inbox 1, sockets 0");
  assert.equal((await world().connections.ofUser(APP, "dee")).length, 1, "nobody else judges it before");
  const old = await catchUpNow(asked(dee, { connectedAtMs: Date.now() - MINUTE_MS }));
  assert.equal(old.kind, "done");
  assert.deepEqual(await world().connections.ofUser(APP, "dee"), []);
});

test("a connection whose catch-up was lost is caught up anew: what it missed is not passed over", async () => {
  const eva = await world().person(APP, "eva", { waitingSinceMs: Date.now() - 5 * MINUTE_MS - 1_000 });
  await inbox().append(APP, "eva", item("m1"));
  const before = world().caught.length;
  assert.equal((await send(eva, "m2")).providerId, "inbox 2, sockets 0");
  assert.equal((await send(eva, "m3")).providerId, "inbox 3, sockets 0");
  const [later, ...others] = world().caught.slice(before);
  assert.equal(others.length, 0);
  assert.equal((await catchUpNow(later!.body as CatchUp)).kind, "done");
  assert.deepEqual(
    await framesOf(eva),
    ["hello", "m1", "m2", "m3"],
    "its greeting may have been lost as well",
  );
});

test("of two frames that were not taken the earlier is where it is caught up from, whichever was told first", async () => {
  const lea = await world().person(APP, "lea");
  for (const id of ["m1", "m2", "m3"]) await inbox().append(APP, "lea", item(id));
  await inbox().ack(APP, "lea", 3);
  const place = { app: APP, user: "lea", connection: lea.connection, connectedAtMs: Date.now() };
  const before = world().caught.length;
  await fellBehind(place, 3);
  await fellBehind(place, 2);
  await fellBehind(place, 3);
  const [later, ...others] = world().caught.slice(before);
  assert.equal(others.length, 0, "one catch-up knows of all");
  assert.equal((await catchUpNow(later!.body as CatchUp)).kind, "done");
  assert.deepEqual(await framesOf(lea), ["m2", "m3"]);
  assert.equal((await send(lea, "m4")).providerId, "inbox 4, sockets 1");
});

test("one that falls behind while it is being caught up is looked at once more", async () => {
  const max = await world().person(APP, "max");
  for (const id of ["m1", "m2"]) await inbox().append(APP, "max", item(id));
  await inbox().ack(APP, "max", 2);
  const place = { app: APP, user: "max", connection: max.connection, connectedAtMs: Date.now() };
  await fellBehind(place, 2);
  const { backend } = world();
  const { post } = backend;
  backend.post = async (...call) => {
    backend.post = post;
    await fellBehind(place, 1);
    return post(...call);
  };
  const first = await catchUpNow(asked(max, { greeted: true }));
  assert.ok(first.kind === "again");
  assert.equal((await catchUpNow(first.resend.body as CatchUp)).kind, "done");
  assert.deepEqual(await framesOf(max), ["m2", "m1", "m2"]);
});

test("what another connection acknowledges meanwhile has not come to the new one", async () => {
  const phone = await world().person(APP, "ola");
  await inbox().append(APP, "ola", item("m1"));
  await inbox().ack(APP, "ola", 1);
  const { handler } = await import("../../functions/handlers/socket/socket.ts");
  const desktop = await world().person(APP, "ola");
  await world().connections.remove(APP, "ola", desktop.connection);
  const before = world().caught.length;
  const authorizer = { app: APP, user: "ola" };
  const requestContext = { connectionId: desktop.connection, eventType: "CONNECT", authorizer };
  assert.equal((await handler({ requestContext } as never, {} as never)).statusCode, 200);
  assert.equal((await send(phone, "m2")).providerId, "inbox 2, sockets 1");
  await inbox().ack(APP, "ola", 2);
  assert.equal((await catchUpNow(world().caught[before]!.body as CatchUp)).kind, "done");
  assert.deepEqual([await framesOf(phone), await framesOf(desktop)], [["m2"], ["hello", "m2"]]);
});

test("a live frame that fails for an unknown reason makes its connection wait: nothing later passes it", async () => {
  const pia = await world().person(APP, "pia");
  const { backend } = world();
  const { post } = backend;
  backend.post = () => {
    throw new Error("something else");
  };
  const before = world().caught.length;
  assert.equal((await send(pia, "m1")).providerId, "inbox 1, sockets 0");
  backend.post = post;
  assert.equal((await send(pia, "m2")).providerId, "inbox 2, sockets 0");
  assert.equal((await catchUpNow(world().caught[before]!.body as CatchUp)).kind, "done");
  assert.deepEqual(await framesOf(pia), ["m1", "m2"]);
});

test("a post that fails for an unknown reason is tried again from where it was; one without a row is over", async () => {
  const nia = await newcomer("nia");
  for (const id of ["m1", "m2"]) await inbox().append(APP, "nia", item(id));
  const { backend } = world();
  const { post } = backend;
  backend.post = (...call) => {
    if (String(call[2]).includes('"m2"')) throw new Error("something else");
    return post(...call);
  };
  const first = await catchUpNow(asked(nia));
  backend.post = post;
  assert.ok(first.kind === "again");
  assert.equal((await catchUpNow(first.resend.body as CatchUp)).kind, "done");
  assert.deepEqual(await framesOf(nia), ["hello", "m1", "m2"]);
  await world().connections.remove(APP, "nia", nia.connection);
  assert.equal((await catchUpNow(asked(nia, { greeted: true }))).kind, "done");
});

test("the hundred-and-first connection of a person is refused; one that has ended makes room", async () => {
  const { handler } = await import("../../functions/handlers/socket/socket.ts");
  const connect = async (connectionId: string) => {
    const requestContext = { connectionId, eventType: "CONNECT", authorizer: { app: APP, user: "kim" } };
    return (await handler({ requestContext } as never, {} as never)).statusCode;
  };
  const at = Date.now();
  for (let n = 0; n < 99; n++)
    await world().connections.add({
      ...{ app: APP, user: "kim", id: `c${n}`, protocol: "1", connectedAtMs: at, lastSeenAtMs: at },
    });
  assert.deepEqual([await connect("c99"), await connect("c100")], [200, 429]);
  assert.equal(
    (await world().connections.ready(APP, "kim")).length,
    99,
    "the last one waits for its catch-up",
  );
  await world().connections.remove(APP, "kim", "c5");
  assert.equal(await connect("c100"), 200);
});
