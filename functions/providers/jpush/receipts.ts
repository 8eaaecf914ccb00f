import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { sha256Hex } from "../../core/hash.ts";
import { jsonObject } from "../transport/reply.ts";
import { isObject, type Json } from "../vendor/content.ts";
import { codeOf, eventOf, gathering, jsonOf, type ReceiptParser, unreadable } from "../vendor/receipts.ts";

const EXPECTED = "JSON, one receipt or a list of them";

const LONGEST_PARAMS = 1_024;

/** Bits of the callback's type that go out with a message; 8 says that JPush has taken it. */
const EVENTS = new Map<string, VendorEvent>([
  ["1", "delivered"],
  ["2", "clicked"],
]);

/** JPush tells the names of the fields on request alone: those that its other interfaces use are taken. */
export const parseJpushReceipts: ReceiptParser = (body, headers) => {
  const receipts = gathering().each(entriesOf(jsonOf(body, EXPECTED)), (entry) => {
    const code = codeOf(entry["type"] ?? entry["callback_type"]);
    if (code === undefined) return undefined;
    const tokens = entry["rid"] ?? entry["registration_id"] ?? entry["registrationId"];
    const at = entry["itime"] ?? entry["time"] ?? entry["timestamp"];
    return { tokens, says: eventOf(EVENTS, code), code, notification: paramsOf(entry)["notification"], at };
  });
  const { authorization } = headers;
  return {
    ...receipts,
    ...(authorization && { proof: { kind: "basic", sha256: sha256Hex(authorization.trim()) } }),
  };
};

function entriesOf(json: unknown): unknown[] {
  if (Array.isArray(json)) return json;
  if (!isObject(json)) throw unreadable(EXPECTED);
  return Array.isArray(json["data"]) ? json["data"] : [json];
}

/** `callback.params` of the message, as an object or as its JSON. */
function paramsOf({ params }: Json): Json {
  if (typeof params !== "string") return isObject(params) ? params : {};
  return params.length <= LONGEST_PARAMS ? jsonObject(params) : {};
}
