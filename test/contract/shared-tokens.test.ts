import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sharedTokenStore } from "../../functions/storage/shared-tokens.ts";
import { startTables } from "./dynamodb-tables.ts";

const HOUR_MS = 3_600_000;
let nowMs = 1_800_000_000_000;
let engine: Awaited<ReturnType<typeof startTables>>;
let store: ReturnType<typeof sharedTokenStore>;

before(async () => {
  engine = await startTables();
  const guard = engine.tables["guard"];
  assert.ok(guard);
  store = sharedTokenStore(guard, () => nowMs);
});
after(() => engine.close());

const token = (sealed: string) => ({ sealed, issuedAtMs: nowMs });

test("of twenty environments that write over the same version one wins, and its token is what all read", async () => {
  const first = await Promise.all(
    Array.from({ length: 20 }, (_, n) => store.put("race", token(`first-${n}`), undefined, HOUR_MS)),
  );
  assert.equal(first.filter(Boolean).length, 1);
  const held = await store.get("race");
  assert.equal(held?.sealed, `first-${first.indexOf(true)}`);
  const second = await Promise.all(
    Array.from({ length: 20 }, (_, n) => store.put("race", token(`second-${n}`), held?.version, HOUR_MS)),
  );
  assert.equal(second.filter(Boolean).length, 1);
  assert.equal((await store.get("race"))?.version, (held?.version ?? 0) + 1);
  assert.equal(await store.put("race", token("late"), held?.version, HOUR_MS), false);
});

test("a token whose time is over is absent, whatever the table still keeps", async () => {
  assert.ok(await store.put("old", token("a"), undefined, HOUR_MS));
  nowMs += 2 * HOUR_MS;
  assert.equal(await store.get("old"), undefined);
  assert.ok(await store.put("old", token("b"), undefined, HOUR_MS));
  assert.equal((await store.get("old"))?.sealed, "b");
});

test("keys do not meet", async () => {
  assert.ok(await store.put("app1#apns#k", token("one"), undefined, HOUR_MS));
  assert.equal(await store.get("app2#apns#k"), undefined);
});
