import type { ReceiptPorts } from "../core/receipt/receipt.ts";
import { headerStore } from "../storage/headers.ts";
import { receiptStore } from "../storage/receipts.ts";
import { now, tableOf } from "./clients.ts";

export function receiptPorts(): ReceiptPorts {
  const delivery = tableOf("delivery");
  return { now, get: headerStore(delivery, now).get, add: receiptStore(delivery).add };
}
