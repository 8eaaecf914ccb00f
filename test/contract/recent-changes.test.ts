import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  addFailure,
  silentProviders,
  takeProbe,
  tellAnswered,
  tellSilent,
} from "../../functions/storage/probes.ts";
import { recentChanges } from "../../functions/storage/recent-changes.ts";
import { batchGet, type Item, type Key } from "../../functions/storage/table.ts";
import { startTables } from "./dynamodb-tables.ts";

/** What jobs under way must know of the last hours, and what environments tell each other of silent providers. */
const T0 = Date.UTC(2026, 10, 20, 12);

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

/** What a job under way is. */
const PUSH = { category: "marketing", channel: "mobilePush" };

async function batchOf(keys: Key[]): Promise<Item[]> {
  const { guard } = engine.tables;
  const found = await batchGet(guard.client, [{ table: guard, keys, consistent: true }]);
  return found.get(guard.name) ?? [];
}

/** Why each user is left out of a job of this category and channel. */
async function droppedOf(app: string, users: readonly string[], job: typeof PUSH) {
  const changes = recentChanges(engine.tables.guard);
  const rows = await changes.withFurther(await batchOf(changes.keys(app, T0, T0)));
  return users.map((user) => changes.judge(rows, T0, job)(user, "phone"));
}

test("who switches something off is left out of jobs under way that are of it, and of no others", async () => {
  const changes = recentChanges(engine.tables.guard);
  const note = (user: string, place: string) => changes.note("out", user, place, "optedOut", T0);
  await note("ann", "marketing:");
  await note("bob", ":mobilePush");
  await note("cid", "marketing:email");
  const dropped = (job: typeof PUSH) => droppedOf("out", ["ann", "bob", "cid"], job);
  const off = "preference_off";
  assert.deepEqual(await dropped(PUSH), [off, off, undefined]);
  assert.deepEqual(await dropped({ category: "marketing", channel: "email" }), [off, undefined, off]);
  const inbox = { category: "transactional", channel: "inApp" };
  assert.deepEqual(await dropped(inbox), [undefined, undefined, undefined]);
});

test("what stays on inside of what goes off is sent by jobs under way as well", async () => {
  const changes = recentChanges(engine.tables.guard);
  await changes.note("in", "ann", ":mobilePush", "optedOut", T0);
  await changes.note("in", "ann", "transactional:mobilePush", "optedIn", T0);
  assert.deepEqual(await droppedOf("in", ["ann"], PUSH), ["preference_off"]);
  const order = { category: "transactional", channel: "mobilePush" };
  assert.deepEqual(await droppedOf("in", ["ann"], order), [undefined]);
  // Switched off a moment later after all: the later word holds, whichever way.
  await changes.note("in", "ann", "transactional:mobilePush", "optedOut", T0 + 1);
  assert.deepEqual(await droppedOf("in", ["ann"], order), ["preference_off"]);
  await changes.note("in", "ann", "transactional:mobilePush", "optedIn", T0 + 2);
  assert.deepEqual(await droppedOf("in", ["ann"], order), [undefined]);
});

test("the inbox of system messages cannot be switched off for jobs under way either", async () => {
  const changes = recentChanges(engine.tables.guard);
  await changes.note("sys", "ann", ":inApp", "optedOut", T0);
  assert.deepEqual(await droppedOf("sys", ["ann"], { category: "system", channel: "inApp" }), [undefined]);
  assert.deepEqual(await droppedOf("sys", ["ann"], { category: "social", channel: "inApp" }), [
    "preference_off",
  ]);
});

test("more erased and moved devices than one row takes: all are known to jobs under way", async () => {
  const changes = recentChanges(engine.tables.guard, { perRow: 3 });
  const others = recentChanges(engine.tables.guard, { perRow: 3 });
  for (let n = 0; n < 11; n++) await (n % 2 ? changes : others).note("many", `u${n}`, "d", "moved", T0);
  const rows = await changes.withFurther(await batchOf(changes.keys("many", T0, T0)));
  const dropped = changes.judge(rows, T0, PUSH);
  for (let n = 0; n < 11; n++) assert.equal(dropped(`u${n}`, "d"), "token_moved", `u${n}`);
  assert.equal(dropped("u11", "d"), undefined);
});

test("one probe a second for all environments; health tells who was silent lately, and not for whom", async () => {
  const { guard } = engine.tables;
  const job = { app: "shop", provider: "mi" };
  const turns = await Promise.all([1, 2, 3].map(() => takeProbe(guard, job, T0)));
  assert.equal(turns.filter((turn) => turn === "ours").length, 1);
  assert.deepEqual(await takeProbe(guard, job, T0 + 999), { answeredAtMs: 0 });
  await tellAnswered(guard, job, T0 + 999);
  assert.deepEqual(await takeProbe(guard, job, T0 + 999), { answeredAtMs: T0 + 999 }, "the others learn it");
  assert.equal(await takeProbe(guard, job, T0 + 1_000), "ours");
  assert.deepEqual(await silentProviders(guard, T0), []);
  await tellSilent(guard, "mi", T0);
  await tellSilent(guard, "fcm", T0 + 20_000);
  assert.deepEqual((await silentProviders(guard, T0 + 21_000)).sort(), ["fcm", "mi"]);
  assert.deepEqual(await silentProviders(guard, T0 + 40_000), ["fcm"]);
});

test("failures in a row are counted by all environments together; an answer, or half a minute, begins anew", async () => {
  const { guard } = engine.tables;
  const job = { app: "shop", provider: "oppo" };
  const add = (atMs: number) => addFailure(guard, job, T0 + atMs);
  assert.deepEqual([await add(0), await add(1), await add(29_999)], [1, 2, 3]);
  assert.equal(await add(59_999), 1, "that was another row");
  assert.equal(await add(60_000), 2);
  await tellAnswered(guard, job, T0 + 60_001);
  assert.equal(await add(60_002), 1);
  const racing = await Promise.all([1, 2, 3].map((ms) => add(60_002 + ms)));
  assert.deepEqual(racing.sort(), [2, 3, 4]);
});
