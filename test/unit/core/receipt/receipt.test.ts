import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import {
  countParts,
  keepReceipt,
  RECEIPT_EVENTS,
  type ReceiptEvent,
  type ReceiptPlace,
  takeReceipt,
} from "../../../../functions/core/receipt/receipt.ts";
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
    markRead: async () => undefined,
    add: async () => true,
    count: async (place: ReceiptPlace) => void counted.push(place),
  };
  for (let n = 0; n < 800; n++)
    await takeReceipt(ports, "a", `u${n}`, { notification: "n1", event: "delivered" });
  const sizes = [...Map.groupBy(counted, ({ part }) => part).values()].map(({ length }) => length);
  assert.equal(sizes.length, 8);
  assert.ok(Math.max(...sizes) < 150, `${sizes}`);
});

test("what was clicked or read is read in the inbox too, before the receipt is kept; other events and channels not", async () => {
  const done: string[] = [];
  const ports = (channels: Notification["channels"], ladder: Notification["ladder"] = []) => ({
    now: () => 0,
    get: async () => notificationOf({ channels, ladder }),
    markRead: async (_app: string, user: string) => void done.push(`${user} read`),
    add: async () => {
      done.push("kept");
      return true;
    },
    count: async () => undefined,
  });
  const tell = (event: ReceiptEvent, of = ports(["inApp"])) =>
    takeReceipt(of, "a", "ann", { notification: "n1", event });
  for (const event of RECEIPT_EVENTS) await tell(event);
  assert.deepEqual(done, ["kept", "kept", "ann read", "kept", "kept", "ann read", "kept"]);
  done.length = 0;
  await tell("read", ports(["mobilePush"]));
  await tell("read", ports(["mobilePush"], [{ channels: ["inApp"] }]));
  assert.deepEqual(done, ["kept", "ann read", "kept"]);
});

test("what had ended before a person took the token over was somebody else's, and says nothing of them", async () => {
  const done: string[] = [];
  const ports = (over: Partial<Notification>) => ({
    now: () => 0,
    get: async () => notificationOf({ channels: ["inApp"], createdAtMs: 1_000, ...over }),
    markRead: async () => void done.push("read"),
    add: async () => true,
    count: async () => undefined,
  });
  const keep = (heldSinceMs: number | undefined, over: Partial<Notification> = {}) =>
    keepReceipt(ports(over), "a", "bob", { notification: "n1", event: "clicked" }, heldSinceMs);
  const over = { completedAtMs: 2_000 };
  assert.equal(await keep(2_001, over), undefined);
  assert.deepEqual(done, []);
  for (const since of [undefined, 1_500, 2_000]) assert.ok(await keep(since, over));
  assert.ok(await keep(9_000), "one that is still being sent may have been sent to them");
  assert.equal(done.length, 4);
});
