import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { isObject } from "../vendor/content.ts";
import { codeOf, eventOf, gathering, jsonOf, type ReceiptParser, unreadable } from "../vendor/receipts.ts";

const EXPECTED = "JSON, one receipt or a list of them";

/** The types that `receipt_type` of a message adds up. */
const EVENTS = new Map<string, VendorEvent>([
  ["1", "delivered"],
  ["2", "clicked"],
]);

/** What Umeng posts is published nowhere that we know of: the names of its other interfaces are taken. */
export const parseUmengReceipts: ReceiptParser = (body) => {
  const json = jsonOf(body, EXPECTED);
  if (!Array.isArray(json) && !isObject(json)) throw unreadable(EXPECTED);
  const listed = isObject(json) && Array.isArray(json["data"]) ? json["data"] : [json].flat();
  return gathering().each(listed, (entry) => {
    const code = codeOf(entry["receipt_type"] ?? entry["type"]);
    if (code === undefined) return undefined;
    const tokens = entry["device_token"] ?? entry["device_tokens"];
    return { tokens, says: eventOf(EVENTS, code), code, at: entry["timestamp"] };
  });
};
