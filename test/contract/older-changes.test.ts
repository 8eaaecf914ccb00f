import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LaterError } from "../../functions/core/errors/later-error.ts";
import { olderChanges } from "../../functions/storage/older-changes.ts";
import { recentChanges } from "../../functions/storage/recent-changes.ts";
import { batchGet, type Table } from "../../functions/storage/table.ts";
import { startTables } from "./dynamodb-tables.ts";

/** What jobs that have waited for days must know of. */
const T0 = Date.UTC(2026, 10, 20, 12);
const PUSH = { category: "marketing", channel: "mobilePush" };
const ago = (days: number) => T0 - days * 86_400_000;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

/** Counts the requests to the table. */
function counted(): { guard: Table; requests(): number } {
  let requests = 0;
  const { guard } = engine.tables;
  const send = ((command: never) => {
    requests++;
    return guard.client.send(command);
  }) as typeof guard.client.send;
  const client = new Proxy(guard.client, {
    get: (target, name) => (name === "send" ? send : Reflect.get(target, name)),
  });
  return { guard: { ...guard, client }, requests: () => requests };
}

async function droppedOf(app: string, plannedAtMs: number, users: readonly string[], nowMs = T0) {
  const { guard } = engine.tables;
  const changes = recentChanges(guard);
  const older = await olderChanges(guard, app, plannedAtMs, nowMs);
  const keys = changes.keys(app, plannedAtMs, nowMs);
  const near = (await batchGet(guard.client, [{ table: guard, keys, consistent: true }])).get(guard.name);
  const judge = changes.judge(await changes.withFurther(near ?? []), plannedAtMs, PUSH, older);
  return users.map((user) => judge(user, "phone"));
}

test("a job that has waited for weeks knows what was said since: erased, moved, switched off", async () => {
  const { note } = recentChanges(engine.tables.guard);
  await note("old", "early", undefined, "erased", ago(15));
  await note("old", "ann", undefined, "erased", ago(13));
  await note("old", "bob", "phone", "moved", ago(13));
  await note("old", "cid", "marketing:", "optedOut", ago(13));
  await note("old", "dan", undefined, "erased", ago(0.1));
  const users = ["early", "ann", "bob", "cid", "dan", "eve"];
  const expected = [undefined, "user_erased", "token_moved", "preference_off", "user_erased", undefined];
  assert.deepEqual(await droppedOf("old", ago(14), users), expected);
  assert.deepEqual(await droppedOf("old", ago(14), users), expected, "its second job as well");
  assert.deepEqual(await droppedOf("old", ago(16), ["early"]), ["user_erased"], "an older job reads further");
});

test("the rows are read once by an environment, however many jobs ask at once; as time goes on, the new ones", async () => {
  const { guard, requests } = counted();
  const ask = (days: number, nowMs = T0) => olderChanges(guard, "busy", ago(days), nowMs);
  await Promise.all(Array.from({ length: 10 }, () => ask(7)));
  const first = requests();
  assert.ok(first <= 7, `${first} requests for 580 rows`);
  await ask(7);
  await ask(3);
  assert.equal(requests(), first);
  await ask(7, T0 + 3_600_000);
  assert.ok(requests() - first <= 1);
  assert.equal((await olderChanges(guard, "busy", ago(0.9), T0)).size, 0, "ordinary jobs read nothing");
});

test("more than a row takes are all known; a failure is not kept", async () => {
  const { guard } = engine.tables;
  const { note } = recentChanges(guard, { perRow: 250 });
  for (let n = 0; n < 260; n++) await note("many", `u${n}`, undefined, "erased", ago(5));
  const broken = { ...guard, client: { send: () => Promise.reject(new Error("no answer")) } as never };
  // Two jobs at once share the read that fails.
  const both = await Promise.allSettled([1, 2].map(() => olderChanges(broken, "many", ago(6), T0)));
  for (const read of both) assert.ok(read.status === "rejected" && read.reason instanceof LaterError);
  assert.equal((await olderChanges(guard, "many", ago(6), T0)).size, 260);
});
