import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { isObject } from "../vendor/content.ts";
import { codeOf, eventOf, gathering, jsonOf, type ReceiptParser, unreadable } from "../vendor/receipts.ts";

const EXPECTED = 'JSON, {"statuses": [{"token": …, "status": …}]}';
const MOST = 1_000;

/** As other senders read them; Honor's own page was not found. 40000001 = data arrived, 40000002 = notification arrived. */
const EVENTS = new Map<string, VendorEvent>([
  ["40000001", "delivered"],
  ["40000002", "delivered"],
  ["40000003", "dead"],
  ["40000004", "dead"],
  ["40000005", "suppressed"],
  ["40000006", "suppressed"],
  ["40000009", "quota"],
  ["40000013", "suppressed"],
]);

export const parseHonorReceipts: ReceiptParser = (body) => {
  const json = jsonOf(body, EXPECTED);
  if (!isObject(json) || !Array.isArray(json["statuses"])) throw unreadable(EXPECTED);
  return gathering(MOST).each(json["statuses"], (entry) => {
    const code = codeOf(entry["status"]);
    if (code === undefined) return undefined;
    const { token: tokens, biTag: notification, timestamp: at } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification, at };
  });
};
