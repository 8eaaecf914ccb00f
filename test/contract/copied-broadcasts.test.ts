import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatchUp } from "../../functions/core/inbox/inbox.ts";
import { copyBroadcasts } from "../../functions/platform/catching-up.ts";
import { inAppProvider } from "../../functions/platform/in-app.ts";
import { inboxReading } from "../../functions/storage/inbox-reading.ts";
import { inboxHeadKey, recipientKey } from "../../functions/storage/keys.ts";
import { APP, framesOf, inAppWorld, item, MINUTE_MS } from "./in-app-world.ts";
import { message, soon } from "./provider-world.ts";
import type { Person } from "./websocket-subject.ts";

/** What comes into inboxes: broadcasts once, in order; nothing of the erased; what was read elsewhere as read. */
const { world, inbox, newcomer, catchUpNow, send } = inAppWorld();
const sequencesOf = ({ received }: Person) =>
  received.flatMap(({ payload }) => (payload as { sequence?: number }).sequence ?? []);

const broadcast = (n: number, firedAtMs: number) => ({ ...item(`b${n}`), firedAtMs });
const aliveIds = async (user: string, app = APP): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of inbox().after(app, user, 0)) ids.push(id);
  return ids;
};

test("a broadcast is copied once, however many messages come after it and however many connect at a time", async () => {
  const fay = await newcomer("fay");
  const firstMs = Date.now() - 100 * MINUTE_MS;
  const wanted = Array.from({ length: 70 }, (_, n) => broadcast(n, firstMs + n * MINUTE_MS));
  for (const one of wanted) await inbox().addBroadcast(APP, one);
  await Promise.all([copyBroadcasts(APP, "fay"), copyBroadcasts(APP, "fay")]);
  for (let n = 0; n < 70; n++) await inbox().append(APP, "fay", item(`m${n}`));
  await copyBroadcasts(APP, "fay");
  const ids = await aliveIds("fay");
  assert.deepEqual(
    ids.slice(0, 70),
    wanted.map(({ id }) => id),
  );
  assert.equal(ids.length, 140);
  // Its own job comes late, to somebody who has long had it.
  const outcome = await send(fay, "b69", { broadcast: true });
  assert.equal(outcome.kind, "accepted");
  assert.equal((await aliveIds("fay")).length, 140);
});

test("a broadcast's job that copies earlier ones has them sent before its own", async () => {
  const app = "walks";
  const quin = await world().person(app, "quin");
  const at = Date.now();
  for (const n of [1, 2]) await inbox().addBroadcast(app, broadcast(n, at + n));
  const before = world().caught.length;
  const send2 = await inAppProvider().prepare(message({ app, notificationId: "b2", broadcast: true }));
  assert.equal((await send2(quin.to, soon())).providerId, "inbox 2, sockets 0");
  assert.equal((await catchUpNow(world().caught[before]!.body as CatchUp)).kind, "done");
  assert.deepEqual(await framesOf(quin), ["b1", "b2"]);
  const send1 = await inAppProvider().prepare(message({ app, notificationId: "b1", broadcast: true }));
  assert.equal((await send1(quin.to, soon())).providerId, "inbox 1, sockets 1", "its own job comes later");
});

test("a head of version 0.1 says how far it has looked, and nothing is copied anew", async () => {
  const app = "older";
  await world().person(app, "rae");
  const at = Date.now();
  const one = broadcast(1, at);
  await inbox().addBroadcast(app, one);
  const head = { sequence: 3, acked: 3, recent: ["x"], broadcastSeen: `${String(at).padStart(15, "0")}#b1` };
  await world().tables.inbox.put({ ...inboxHeadKey(app, "rae"), ...head });
  assert.deepEqual([...(await copyBroadcasts(app, "rae")).copied!], []);
  await inbox().addBroadcast(app, broadcast(2, at + 1_000));
  assert.deepEqual([...(await copyBroadcasts(app, "rae")).copied!], [["b2", 4]]);
});

test("broadcasts that were stored late are found within the overlap, each once", async () => {
  await newcomer("gil");
  const at = Date.now() + MINUTE_MS;
  const late = { ...broadcast(900, at), category: "social" };
  await inbox().addBroadcast(APP, { ...broadcast(901, at + 1_000) });
  const first = await copyBroadcasts(APP, "gil");
  await inbox().addBroadcast(APP, late);
  const second = await copyBroadcasts(APP, "gil");
  const [b901, b900] = ["b901", "b900"].map((id) => first.copied?.get(id) ?? second.copied?.get(id));
  assert.equal(b900, b901! + 1);
  assert.equal(second.copied?.get("b901"), b901, "known by its place, not appended again");
});

test("a broadcast whose audience was frozen long before it goes out is for those of then, whatever they saw since", async () => {
  const app = "frozen";
  const old = await world().person(app, "old");
  await inbox().append(app, "old", item("m0"));
  const goesOutMs = Date.now() + 10 * MINUTE_MS;
  const frozen = { ...broadcast(950, goesOutMs), createdBeforeMs: 2_000 };
  await inbox().sawBroadcasts(app, "old", `${String(goesOutMs - 6 * MINUTE_MS).padStart(15, "0")}#x`);
  await world().recipients.save({ app: app, user: "new", createdAtMs: 3_000, devices: [] }, 0);
  await inbox().addBroadcast(app, frozen);
  assert.equal((await copyBroadcasts(app, "new")).copied?.has("b950"), false);
  assert.match(
    (await send(old, "b950", { app, broadcast: true })).providerId ?? "",
    /^inbox \d+, sockets 1$/,
  );
  // Its place was passed before it was stored: its own job brings it all the same, once.
  for (const _again of [1, 2]) await send(old, "b-late", { app, broadcast: true });
  assert.equal((await aliveIds("old", app)).filter((id) => id === "b-late").length, 1);
});

test("how far broadcasts have been looked at is not undone by a message that is appended meanwhile", async () => {
  await newcomer("hal");
  await inbox().append(APP, "hal", item("m0"));
  await Promise.all([
    inbox().append(APP, "hal", item("m1")),
    inbox().sawBroadcasts(APP, "hal", "000000000000009#x"),
    inbox().append(APP, "hal", item("m2")),
  ]);
  assert.equal((await inbox().head(APP, "hal"))?.broadcastSeen, "000000000000009#x");
});

test("nothing comes into the inbox of a person who has been erased", async () => {
  const ian = await world().person(APP, "ian");
  await world().tables.directory.remove(recipientKey(APP, "ian"));
  for (const broadcast of [false, true])
    assert.deepEqual(await send(ian, "m1", { broadcast }), { kind: "suppressed", reason: "user_erased" });
  assert.equal(await inbox().head(APP, "ian"), undefined);
});

test("what was read elsewhere before it came here comes as read, once", async () => {
  const jan = await newcomer("jan");
  const reading = inboxReading(world().tables.inbox, Date.now);
  await Promise.all(["m2", "m3"].map((id) => reading.markRead(APP, "jan", id, Date.now())));
  for (const id of ["m1", "m2", "m3", "m4"]) await inbox().append(APP, "jan", item(id));
  assert.deepEqual(await reading.unread(APP, "jan", "m4"), { count: 2, holds: true });
  assert.deepEqual((await inbox().head(APP, "jan"))?.readAhead, []);
  for (let n = 0; n < 20; n++) await reading.markRead(APP, "jan", `never-${n}`, Date.now());
  assert.equal((await inbox().head(APP, "jan"))?.readAhead.length, 16);
  assert.deepEqual(sequencesOf(jan), []);
});
