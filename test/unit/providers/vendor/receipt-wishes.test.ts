import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../../../functions/core/dispatch/provider.ts";
import { jpushPayload } from "../../../../functions/providers/jpush/payload.ts";
import { meizuPayload } from "../../../../functions/providers/meizu/payload.ts";
import { miFields } from "../../../../functions/providers/mi/payload.ts";
import { oppoNotification } from "../../../../functions/providers/oppo/payload.ts";
import { umengPayload } from "../../../../functions/providers/umeng/payload.ts";
import { receiptWish } from "../../../../functions/providers/vendor/options.ts";
import { vivoPayload } from "../../../../functions/providers/vivo/payload.ts";

const URL_ = "https://api.example/v1/public/apps/shop/receipts/x/key";
const message = (notificationId: string, url?: string): Message => ({
  app: "shop",
  notificationId,
  content: { title: "t", body: "b", ...(url !== undefined && { url }) },
  category: "transactional",
  priority: "high",
  createdAtMs: 1,
  expiresAtMs: 2,
  ttlS: 600,
});
const ID = "n-1";
const wish = { url: URL_ };

test("without the wish a message asks for nothing", () => {
  assert.equal(receiptWish({ credentials: {}, receiptUrl: () => URL_ }), undefined);
  assert.equal(receiptWish({ credentials: { receipts: false }, receiptUrl: () => URL_ }), undefined);
  assert.deepEqual(receiptWish({ credentials: { receipts: true }, receiptUrl: () => URL_ }), wish);
  const plain = [
    miFields(message(ID), { packageName: "com.example.app" }),
    oppoNotification(message(ID), {}),
    vivoPayload(message(ID), {}),
    meizuPayload(message(ID), {}),
    jpushPayload(message(ID), { apnsProduction: true }),
    umengPayload(message(ID), { production: true }, 0),
  ];
  for (const payload of plain) assert.ok(!/call_?back|receipt/.test(JSON.stringify(payload)));
});

test("each vendor's fields: address, the notification's id, which events", () => {
  const mi = miFields(message(ID), { packageName: "com.example.app" }, wish);
  assert.deepEqual(
    [mi["extra.callback"], mi["extra.callback.param"], mi["extra.callback.type"]],
    [URL_, ID, "19"],
  );
  const oppo = oppoNotification(message(ID), {}, wish);
  assert.deepEqual([oppo["call_back_url"], oppo["call_back_parameter"]], [URL_, ID]);
  assert.deepEqual(vivoPayload(message(ID), {}, wish)["extra"], { callback: URL_, "callback.param": ID });
  assert.deepEqual(vivoPayload(message(ID), { receiptCallbackId: "cb1" }, wish)["extra"], {
    "callback.id": "cb1",
    "callback.param": ID,
  });
  assert.deepEqual(meizuPayload(message(ID), {}, wish)["extra"], {
    callback: URL_,
    "callback.param": ID,
    "callback.type": "3",
  });
  assert.deepEqual(jpushPayload(message(ID), { apnsProduction: true }, wish)["callback"], {
    url: URL_,
    type: 3,
    params: { notification: ID },
  });
  const umeng = umengPayload(message(ID), { production: true }, 0, wish);
  assert.deepEqual([umeng["receipt_url"], umeng["receipt_type"]], [URL_, 3]);
});

test("an id that is longer than a vendor's field is left out, never cut", () => {
  const long = message("n".repeat(128));
  assert.equal(oppoNotification(long, {}, wish)["call_back_parameter"], undefined);
  assert.deepEqual(meizuPayload(long, {}, wish)["extra"], { callback: URL_, "callback.type": "3" });
  assert.equal(miFields(long, { packageName: "a.b" }, wish)["extra.callback.param"], "n".repeat(128));
  const extra = vivoPayload(long, {}, wish)["extra"] as Record<string, unknown>;
  assert.equal(extra["callback.param"], "n".repeat(128));
});

test("an address that does not fit is left out; the operator's own fields win", () => {
  assert.equal(oppoNotification(message(ID), {}, {})["call_back_url"], undefined);
  assert.equal(umengPayload(message(ID), { production: true }, 0, {})["receipt_url"], undefined);
  const extra = { extra: { callback: "https://own.example" } };
  const own = meizuPayload(message(ID), { extra }, wish)["extra"] as Record<string, unknown>;
  assert.equal(own["callback"], "https://own.example");
});

test("Xiaomi's extra shares 1,024 characters: with an address of 128 bytes and a long id a link has less room", () => {
  const settings = { packageName: "com.example.app" };
  const link = `https://shop.example/${"x".repeat(600)}`;
  assert.equal(miFields(message(ID, link), settings)["extra.web_uri"], link);
  assert.equal(miFields(message(ID, link), settings, wish)["extra.web_uri"], undefined);
  const longest = message("n".repeat(128), `https://shop.example/${"x".repeat(479)}`);
  const fields = miFields(longest, settings, { url: "https://api.example/".padEnd(128, "x") });
  const inExtra = Object.entries(fields).filter(([name]) => name.startsWith("extra."));
  const length = inExtra.reduce(
    (sum, [name, value]) => sum + name.length - "extra.".length + value.length,
    0,
  );
  assert.ok(fields["extra.web_uri"] !== undefined && length <= 1_024, `${length} characters`);
});
