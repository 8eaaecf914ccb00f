import type { ReceiptPorts } from "../core/receipt/receipt.ts";
import { headerStore } from "../storage/headers.ts";
import { inboxReading } from "../storage/inbox-reading.ts";
import { receiptStore } from "../storage/receipts.ts";
import { now, tableOf } from "./clients.ts";

export function receiptPorts(): ReceiptPorts {
  const delivery = tableOf("delivery");
  const { add, count } = receiptStore(delivery, now);
  const headers = headerStore(delivery, now);
  return {
    now,
    // A push may be on the screen before copies of its notification are everywhere.
    get: (app, id) => headers.get(app, id, true),
    markRead: (app, user, id, atMs) => inboxReading(tableOf("inbox"), now).markRead(app, user, id, atMs),
    add,
    count: (place, event, people) => count(place, place.expiresAtMs, event, people),
  };
}
