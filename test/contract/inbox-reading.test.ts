import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inboxStore } from "../../functions/storage/inbox.ts";
import { inboxReading } from "../../functions/storage/inbox-reading.ts";
import { inboxPk } from "../../functions/storage/keys.ts";
import { startTables } from "./dynamodb-tables.ts";

/** What is unread in an inbox, by single messages and by sequence, and what an erasure leaves of it. */
const T0 = Date.UTC(2026, 10, 20, 12);
let nowMs = T0;
const now = () => nowMs;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

const parts = () => ({
  store: inboxStore(engine.tables.inbox, now),
  reading: inboxReading(engine.tables.inbox, now),
});
const message = (id: string, lifeMs = 60_000) => ({
  ...{ id, timestampMs: T0, expiresAtMs: T0 + lifeMs, content: { title: id }, category: "social" },
});
const count = async (user: string): Promise<number> =>
  (await parts().reading.unread("shop", user, "other")).count;

test("nobody's inbox and an empty one have nothing unread, and nothing to be marked", async () => {
  const { reading } = parts();
  await reading.markRead("shop", "nobody", "m1", T0);
  await reading.readThrough("shop", "nobody", 7);
  assert.deepEqual(await reading.unread("shop", "nobody", "m1"), { count: 0, holds: false });
});

test("single messages are read once, in any order; unknown ids change nothing", async () => {
  const { store, reading } = parts();
  for (const id of ["m1", "m2", "m3"]) await store.append("shop", "ann", message(id));
  assert.deepEqual(await reading.unread("shop", "ann", "m3"), { count: 3, holds: true });
  await reading.markRead("shop", "ann", "m3", T0 + 1);
  await reading.markRead("shop", "ann", "m3", T0 + 2);
  await reading.markRead("shop", "ann", "unheard-of", T0 + 2);
  assert.equal(await count("ann"), 2);
  await store.ack("shop", "ann", 3);
  assert.equal(await count("ann"), 2, "what has arrived is not read");
});

test("everything up to a sequence; a message behind it counts, an older mark does not undo it", async () => {
  const { store, reading } = parts();
  for (const id of ["m1", "m2", "m3"]) await store.append("shop", "bob", message(id));
  await reading.readThrough("shop", "bob", 2);
  assert.equal(await count("bob"), 1);
  await reading.readThrough("shop", "bob", 1);
  await reading.readThrough("shop", "bob", 99);
  assert.equal(await count("bob"), 1, "neither an older place nor one that is not there yet");
  await store.append("shop", "bob", message("m4"));
  assert.equal(await count("bob"), 2);
  assert.equal((await store.head("shop", "bob"))?.acked, 2, "what was read has arrived");
});

test("a message that is appended while the reader tells: neither is lost", async () => {
  const { store, reading } = parts();
  await store.append("shop", "cid", message("m0"));
  const appends = Array.from({ length: 8 }, (_, n) => store.append("shop", "cid", message(`n${n}`)));
  const told = Array.from({ length: 8 }, () => reading.readThrough("shop", "cid", 1));
  const results = await Promise.allSettled([...appends, ...told]);
  // Eight races in a row are a message's second try; here they are no failure of the reader's.
  for (const result of results)
    if (result.status === "rejected") assert.match(String(result.reason), /changed eight times/);
  const { sequence = 0, readThrough } = (await store.head("shop", "cid")) ?? {};
  assert.equal(readThrough, 1);
  assert.equal(await count("cid"), sequence - 1);
});

test("what has expired is not unread; an id older than the head remembers is found all the same", async () => {
  const { store, reading } = parts();
  await store.append("shop", "dan", message("short", 1_000));
  await store.append("shop", "dan", message("old"));
  for (let n = 0; n < 64; n++) await store.append("shop", "dan", message(`m${n}`));
  assert.equal(await count("dan"), 66);
  await reading.markRead("shop", "dan", "old", T0);
  assert.equal(await count("dan"), 65);
  nowMs = T0 + 2_000;
  assert.equal(await count("dan"), 64);
  nowMs = T0;
});

test("what is large is counted and found as well: a page of DynamoDB's ends at 1 MB", async () => {
  const { store, reading } = parts();
  const large = "x".repeat(200_000);
  for (let n = 0; n < 70; n++)
    await store.append("shop", "eve", { ...message(`m${n}`), content: { title: n < 8 ? large : "t" } });
  assert.equal(await count("eve"), 70);
  await reading.markRead("shop", "eve", "m0", T0 + 1);
  assert.equal(await count("eve"), 69, "the oldest stands behind 1 MB of others");
});

test("an inbox keeps what frames show, and no mail's attachments", async () => {
  const { store } = parts();
  const content = { title: "t", data: { order: "7" }, email: { html: "<p>long</p>" }, metadata: { own: 1 } };
  await store.append("shop", "fay", { ...message("m1"), content });
  const broadcast = { ...message("b1"), content, firedAtMs: T0 };
  await store.addBroadcast("shop", broadcast);
  const shown: unknown[] = [];
  for await (const item of store.after("shop", "fay", 0)) shown.push(item.content);
  for await (const item of store.broadcastsAfter("shop", "")) shown.push(item.content);
  const kept = { title: "t", data: { order: "7" } };
  assert.deepEqual(shown, [kept, kept]);
});

test("a message that comes while the inbox is erased is not left behind for whoever has the id next", async () => {
  const { store } = parts();
  const exists = async () => false;
  for (const id of ["m1", "m2"]) await store.append("shop", "eve", message(id));
  const table = engine.tables.inbox;
  const raced: unknown[] = [];
  const erasing = inboxStore(
    {
      ...table,
      async page(input) {
        const answer = await table.page(input);
        if (raced.length === 0) raced.push(await store.append("shop", "eve", message("m3"), { exists }));
        return answer;
      },
    },
    now,
  );
  await erasing.erase("shop", "eve");
  assert.deepEqual(raced, ["nobody"]);
  const values = { ":pk": inboxPk("shop", "eve") };
  const { items } = await table.page({ where: "pk = :pk", values, consistent: true });
  assert.deepEqual(items, []);
});
