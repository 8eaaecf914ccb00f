import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { copyRows } from "../../scripts/restore-rows.ts";
import { startTables } from "./dynamodb-tables.ts";

/** The copy between a restored table and the stack's; any two tables with the same keys will do. */
let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

const options = { from: "delivery", to: "directory", overwrite: false, perSecond: 10_000 };

test("rows that are missing come back whole; those that stand are left, or replaced when asked", async () => {
  const { delivery, directory } = engine.tables;
  const bytes = new Uint8Array([0, 255, 7]);
  for (let n = 0; n < 1_203; n++) {
    const row = {
      pk: `p${n}`,
      sk: "s",
      n,
      bytes,
      tags: new Set(["a"]),
      deep: { list: [1, null, { x: true }] },
    };
    await delivery.put(row);
  }
  await delivery.put({ pk: "old", sk: "s", ttl: 1_000 });
  await directory.put({ pk: "p5", sk: "s", n: "newer" });
  const first = await copyRows(delivery.client, options);
  assert.deepEqual(first, { copied: 1_202, present: 1, expired: 1 });
  assert.deepEqual(await directory.get({ pk: "p7", sk: "s" }), await delivery.get({ pk: "p7", sk: "s" }));
  assert.equal((await directory.get({ pk: "p5", sk: "s" }))?.["n"], "newer");
  assert.equal(await directory.get({ pk: "old", sk: "s" }), undefined);
  const again = await copyRows(delivery.client, options);
  assert.deepEqual(again, { copied: 0, present: 1_203, expired: 1 }, "repeating is harmless");
  await copyRows(delivery.client, { ...options, overwrite: true });
  assert.equal((await directory.get({ pk: "p5", sk: "s" }))?.["n"], 5);
});

test("a table that does not exist is an error, and nothing is copied", async () => {
  await assert.rejects(
    copyRows(engine.tables.inbox.client, { ...options, from: "none" }),
    /ResourceNotFound|not found/i,
  );
});
