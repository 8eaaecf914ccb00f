import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import type { VendorReport } from "../../core/receipt/vendor-report.ts";
import { isObject, type Json } from "../vendor/content.ts";
import {
  codeOf,
  eventOf,
  gathering,
  jsonOf,
  MOST_REPORTS,
  type ReceiptParser,
  shortText,
  unreadable,
} from "../vendor/receipts.ts";

const EXPECTED = "text, one JSON object a line";

/** docs.getui.com, "receipts": what became of a message before it left. */
const CODES = new Map<string, VendorEvent>([
  ["401", "dead"],
  ["402", "suppressed"],
]);

const each = (says: VendorEvent, ...ids: string[]): [string, VendorEvent][] => ids.map((id) => [id, says]);

/** Getui's own actions, then those of the vendors behind it, as logs of other senders show them. */
const ACTIONS = new Map<string, VendorEvent>([
  ...each("delivered", "0", "110000", "180002", "120000", "130000", "140000", "150000", "330000"),
  ...each("displayed", "10000"),
  ...each("clicked", "10010"),
  ...each("dead", "110030", "110060", "120020", "140001", "1502183", "15020002", "180003", "180004"),
  ...each("dead", "330030", "330060"),
]);

/** One JSON a line; a line that cannot be read is skipped, unless none can. */
export const parseGetuiReceipts: ReceiptParser = (body) => {
  const lines = body.split("\n", MOST_REPORTS * 2).filter((line) => line.trim() !== "");
  const entries = lines.map(entryIn);
  if (!entries.some(isObject)) throw unreadable(EXPECTED);
  return gathering().each(entries, read);
};

function entryIn(line: string): unknown {
  try {
    return jsonOf(line, EXPECTED);
  } catch {
    return undefined; // counted among the skipped
  }
}

function read(entry: Json) {
  const [code, action] = [codeOf(entry["code"]), codeOf(entry["actionId"])];
  const said = code === "200" ? (action ?? code) : (code ?? action);
  if (said === undefined || typeof entry["cid"] !== "string") return undefined;
  return { tokens: [entry["cid"]], says: eventFor(code, action), code: said, sign: signIn(entry) };
}

/** A code of failure goes before the action, which says how far the message has come. */
function eventFor(code: string | undefined, action: string | undefined): VendorEvent {
  if (code !== undefined && code !== "200") return eventOf(CODES, code);
  return action === undefined ? "delivered" : eventOf(ACTIONS, action);
}

/** The rest of what is signed is known: the app's id and secret, and the line's own device. */
function signIn(entry: Json): VendorReport["sign"] {
  const [value, taskId, msgId] = [entry["sign"], entry["taskid"], entry["msgid"]].map(shortText);
  return value !== undefined && taskId !== undefined && msgId !== undefined
    ? { value, taskId, msgId }
    : undefined;
}
