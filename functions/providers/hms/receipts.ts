import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import type { VendorProof } from "../../core/receipt/vendor-report.ts";
import { isObject } from "../vendor/content.ts";
import {
  codeOf,
  eventOf,
  gathering,
  jsonOf,
  type ReceiptHeaders,
  type ReceiptParser,
  shortText,
  unreadable,
} from "../vendor/receipts.ts";

const EXPECTED = 'JSON, {"statuses": [{"token": …, "status": …}]}';
/** V1 of the receipts; V2 has 100. */
const MOST = 1_000;

/** developer.huawei.com, "Message receipt": 2 = not installed, 5 = the device has another token, 201 = invalid token. */
const EVENTS = new Map<string, VendorEvent>([
  ["0", "delivered"],
  ["2", "dead"],
  ["5", "dead"],
  ["201", "dead"],
  ["6", "suppressed"],
  ["27", "suppressed"],
  ["51", "suppressed"],
  ["102", "quota"],
  ["256", "quota"],
]);

/** Both forms: V1 has the status beside the token, V2 below `deliveryStatus`. */
export const parseHmsReceipts: ReceiptParser = (body, headers) => {
  const json = jsonOf(body, EXPECTED);
  if (!isObject(json) || !Array.isArray(json["statuses"])) throw unreadable(EXPECTED);
  const proof = proofIn(headers);
  const receipts = gathering(MOST).each(json["statuses"], (entry) => {
    const next = isObject(entry["deliveryStatus"]) ? entry["deliveryStatus"] : undefined;
    const code = codeOf(next ? next["result"] : entry["status"]);
    if (code === undefined) return undefined;
    const at = next ? next["timestamp"] : entry["timestamp"];
    const { token: tokens, biTag: notification } = entry;
    return { tokens, says: eventOf(EVENTS, code), code, notification, at };
  });
  return { ...receipts, ...(proof && { proof }) };
};

/** `timestamp=…;nonce=…;value=…`, with or without a blank; base64 may end with further "=". */
function proofIn(headers: ReceiptHeaders): VendorProof | undefined {
  const parts = new Map(
    (headers["x-huawei-callback-id"] ?? "").split(";", 8).map((pair): [string, string | undefined] => {
      const end = pair.indexOf("=");
      return [pair.slice(0, Math.max(0, end)).trim(), shortText(pair.slice(end + 1).trim())];
    }),
  );
  const [timestamp, nonce, value] = [parts.get("timestamp"), parts.get("nonce"), parts.get("value")];
  if (timestamp === undefined || nonce === undefined || value === undefined) return undefined;
  return { kind: "hms", timestamp, nonce, value };
}
