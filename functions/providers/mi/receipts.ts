import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import {
  codeOf,
  eventOf,
  formField,
  gathering,
  jsonOf,
  type ReceiptParser,
  unreadable,
  valuesOf,
} from "../vendor/receipts.ts";

const EXPECTED = 'a form with the field data, JSON: {"<message id>": {"type": …, "targets": "…"}}';

/** dev.mi.com, "message receipts"; 32, 64 and 128 are named by other senders alone, and have no consequence. */
const EVENTS = new Map<string, VendorEvent>([
  ["1", "delivered"],
  ["2", "clicked"],
  ["16", "dead"],
  ["32", "suppressed"],
  ["64", "suppressed"],
  ["128", "quota"],
]);

export const parseMiReceipts: ReceiptParser = (body) => {
  const data = formField(body, "data");
  if (data === undefined) throw unreadable(EXPECTED);
  return gathering().each(valuesOf(jsonOf(data, EXPECTED), EXPECTED), (entry) => {
    const code = codeOf(entry["type"]);
    if (code === undefined) return undefined;
    const { targets: tokens, param: notification, timestamp: at } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification, at };
  });
};
