import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { spentDayStore } from "../../functions/storage/spent-days.ts";
import { startTables } from "./dynamodb-tables.ts";

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

test("a day that is used up is known to all of the app's environments until it is over, each quota by itself", async () => {
  const { guard } = engine.tables;
  const [shop, other] = ["shop", "other"].map((app) => spentDayStore(guard, { app, provider: "vivo" }));
  const untilMs = 1_800_000_000_000;
  const outcome = { kind: "rejected", status: 200, reason: "10070" } as const;
  await shop!.write("operations", { outcome, untilMs });
  assert.deepEqual(await shop!.read("operations", untilMs - 1_000), { outcome, untilMs });
  assert.equal(await shop!.read("operations", untilMs), undefined);
  assert.equal(await shop!.read("system", untilMs - 1_000), undefined);
  assert.equal(await other!.read("operations", untilMs - 1_000), undefined);
});
