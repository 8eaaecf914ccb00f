import assert from "node:assert/strict";
import { test } from "node:test";
import { countParts, type ReceiptPlace, takeReceipt } from "../../../../functions/core/receipt/receipt.ts";
import { notificationOf } from "../plan/world.ts";

test("the people of a long list are counted in parts, so that no one item takes all their writes", async () => {
  const long = notificationOf({ recipients: 10_000 });
  assert.equal(countParts(long), 8);
  assert.equal(countParts(notificationOf({ recipients: 1_000 })), 1);
  assert.equal(countParts(notificationOf({ audience: "everyone" })), 1, "a walk has its buckets");
  const counted: ReceiptPlace[] = [];
  const ports = {
    now: () => 0,
    get: async () => long,
    add: async () => true,
    count: async (place: ReceiptPlace) => void counted.push(place),
  };
  for (let n = 0; n < 800; n++)
    await takeReceipt(ports, "a", `u${n}`, { notification: "n1", event: "delivered" });
  const sizes = [...Map.groupBy(counted, ({ part }) => part).values()].map(({ length }) => length);
  assert.equal(sizes.length, 8);
  assert.ok(Math.max(...sizes) < 150, `${sizes}`);
});
