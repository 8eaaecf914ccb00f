import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Notification } from "../../functions/core/notification/notification.ts";
import { bodyStore } from "../../functions/storage/bodies.ts";
import { headerStore } from "../../functions/storage/headers.ts";
import { notificationOf } from "../unit/core/plan/world.ts";
import { startTables } from "./dynamodb-tables.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
const now = () => T0;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

const header = (app: string, id: string, change: Partial<Notification> = {}): Notification =>
  notificationOf({ app, id, createdAtMs: T0, expiresAtMs: T0 + 86_400_000, ...change });
const large = (text: string) => ({ to: { users: ["a"] }, content: { title: text.repeat(150_000) } });
const due = { atMs: T0 + 120_000, step: 0, what: "plan" as const };

test("what a planner has begun is not changed any more, and it is begun once, by the revision that stands", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const timed = header("h", "n4", { state: "scheduled", sendAtMs: now() + 60_000, due });
  await headers.create(timed);
  const next = { ...timed, revision: 2, attempt: "second" };
  assert.equal(await headers.change(next), true);
  assert.equal(await headers.begin(timed), undefined, "of a revision that is void");
  const begun = await headers.begin(next);
  assert.deepEqual([begun?.state, begun?.due], ["planning", due], "watched on");
  assert.equal(await headers.begin(next), undefined);
  assert.equal(await headers.change({ ...next, revision: 3, attempt: "third" }), false);
  assert.equal((await headers.planned(next, "sending"))?.state, "sending");
});

test("what its planner has finished is not said to be planning by the request that comes after it", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  for (const [id, states] of [
    ["n5", ["sending", "planning"]],
    ["n6", ["planning", "sending"]],
  ] as const) {
    const accepted = header("h", id, { due });
    await headers.create(accepted);
    for (const state of states) await headers.planned(accepted, state);
    const after = await headers.get("h", id, true);
    assert.deepEqual([after?.state, after?.due?.what], ["sending", "expire"]);
  }
});

test("a change whose write was repeated by the SDK finds its own; another of the same revision does not", async () => {
  const headers = headerStore(engine.tables.delivery, now);
  const timed = header("h", "n3", { state: "scheduled", sendAtMs: now() + 60_000, attempt: "first" });
  await headers.create(timed);
  const ours = { ...timed, revision: 2, attempt: "ours" };
  assert.deepEqual([await headers.change(ours), await headers.change(ours)], [true, true]);
  assert.equal(await headers.change({ ...ours, attempt: "theirs" }), false);
  const { attempt: _none, ...old } = ours;
  assert.equal(await headers.change(old), false, "no attempt is nobody's");
});

test("each attempt's body is its own: one that is refused, or loses, leaves the accepted one's as it is", async () => {
  const bodies = bodyStore(engine.tables.delivery);
  const attempts = ["one", "two"].map((attempt) => ({ ...header("b", "n1"), attempt }));
  const [one, two] = attempts;
  const accepted = { ...one!, ...(await bodies.write(one!, large("a"))) };
  const refused = { ...two!, ...(await bodies.write(two!, large("z"))) };
  assert.deepEqual([accepted.bodyChunks, accepted.body], [2, undefined]);
  assert.deepEqual(await bodies.read(accepted), large("a"));
  assert.deepEqual(await bodies.read(refused), large("z"));
  const small = { to: { users: ["a"] }, content: { title: "t" } };
  assert.deepEqual(await bodies.write(one!, small), { bodyChunks: 0, body: small });
});

test("bodies of 0.1 are read where it put those of each revision", async () => {
  const { delivery } = engine.tables;
  for (const [chunk, text] of [
    [0, "a"],
    [10, "z"],
  ] as const) {
    const sk = `body#${String(chunk).padStart(3, "0")}`;
    await delivery.put({ pk: "b#n#old", sk, bytes: Buffer.from(JSON.stringify(large(text))) });
  }
  const old = header("b", "old", { bodyChunks: 1 });
  assert.deepEqual(await bodyStore(delivery).read(old), large("a"));
  assert.deepEqual(await bodyStore(delivery).read({ ...old, revision: 2 }), large("z"));
});
