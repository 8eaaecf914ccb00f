import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { codeOf, eventOf, gathering, jsonOf, type ReceiptParser, unreadable } from "../vendor/receipts.ts";

const EXPECTED = 'JSON, [{"registrationIds": "…", "eventType": "…"}]';

/** open.oppomobile.com, "message receipts". */
const EVENTS = new Map<string, VendorEvent>([
  ["push_arrive", "delivered"],
  ["regid_invalid", "dead"],
  ["user_daily_limit", "quota"],
]);

export const parseOppoReceipts: ReceiptParser = (body) => {
  const json = jsonOf(body, EXPECTED);
  if (!Array.isArray(json)) throw unreadable(EXPECTED);
  return gathering().each(json, (entry) => {
    const code = codeOf(entry["eventType"]);
    if (code === undefined) return undefined;
    const { registrationIds: tokens, param: notification, eventTime: at } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification, at };
  });
};
