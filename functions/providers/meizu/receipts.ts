import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { sha256Hex } from "../../core/hash.ts";
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

const EXPECTED = 'a form with the field cb, JSON: {"<message id>": {"type": …, "targets": […]}}';

/** github.com/MEIZUPUSH/PushAPI: nothing is told of dead push ids but in the answers to requests. */
const EVENTS = new Map<string, VendorEvent>([
  ["1", "delivered"],
  ["2", "clicked"],
]);

export const parseMeizuReceipts: ReceiptParser = (body) => {
  const cb = formField(body, "cb");
  if (cb === undefined) throw unreadable(EXPECTED);
  const receipts = gathering().each(valuesOf(jsonOf(cb, EXPECTED), EXPECTED), (entry) => {
    const code = codeOf(entry["type"]);
    if (code === undefined) return undefined;
    const { targets: tokens, param: notification } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification };
  });
  const token = formField(body, "access_token");
  return { ...receipts, ...(token && { proof: { kind: "token", sha256: sha256Hex(token) } }) };
};
