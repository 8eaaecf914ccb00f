import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { codeOf, eventOf, gathering, jsonOf, type ReceiptParser, valuesOf } from "../vendor/receipts.ts";

const EXPECTED = 'JSON, {"<task id>": {"targets": "…", "ackType": …}}';

/** Names and the one type are another sender's; what vivo has beyond them has no consequence. */
const EVENTS = new Map<string, VendorEvent>([["0", "delivered"]]);

export const parseVivoReceipts: ReceiptParser = (body) =>
  gathering().each(valuesOf(jsonOf(body, EXPECTED), EXPECTED), (entry) => {
    const code = codeOf(entry["ackType"]);
    if (code === undefined) return undefined;
    const { targets: tokens, param: notification, ackTime: at } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification, at };
  });
