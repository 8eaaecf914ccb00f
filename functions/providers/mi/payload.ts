import { hash } from "node:crypto";
import type { MiCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import { LINKS, SHOWN } from "../../core/notification/shown-texts.ts";
import {
  cut,
  dataOf,
  idWithin,
  isObject,
  type Json,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
} from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";
import type { Size } from "../vendor/size.ts";
import { templateParameters } from "../vendor/template.ts";

export const MI_BATCH = 1_000;
/** `payload` must stay below 4 KB. */
const PAYLOAD_BYTES = 4_095;
const DAY_MS = 86_400_000;
/** Messages for phones that are offline are kept so long: public ones a day, private ones ten. */
const LONGEST_TTL_MS = { public: DAY_MS, private: 10 * DAY_MS };
const { title: TITLE, body: DESCRIPTION } = SHOWN.mi;
/** All of `extra` shares 1,024 characters; a longer link is left to the app, which finds it in the payload. */
const LONGEST_WEB_URI = { alone: LINKS.mi, withReceipts: 500 };
/** Delivered, clicked and dead. */
const RECEIPT_TYPES = 1 + 2 + 16;
const CALLBACK_PARAM = 256;
const TEMPLATE = { most: 128, emoji: false };

type Settings = Pick<MiCredentials, "packageName" | "categories" | "extra">;

const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** The fields of /v3/message/regid without `registration_id`: names with a dot are keys of Mi's `extra`. */
export function miFields(message: Message, settings: Settings, wish?: ReceiptWish): Record<string, string> {
  const shown = isShown(message);
  const kind = messageClass(message) === "marketing" ? "public" : "private";
  const base: Json = {
    restricted_package_name: settings.packageName,
    pass_through: shown ? 0 : 1,
    payload: JSON.stringify(dataOf(message)),
    time_to_live: Math.min(Math.max(1, message.ttlS) * 1_000, LONGEST_TTL_MS[kind]),
    // Phones drop a second message with the same key; 20 characters at most.
    "extra.jobkey": hash("sha256", message.notificationId, "hex").slice(0, 20),
    ...(shown && shownFields(message, wish ? LONGEST_WEB_URI.withReceipts : LONGEST_WEB_URI.alone)),
    ...(wish && receiptFields(message, wish)),
  };
  const own = shown ? ownFields(settings, message) : undefined;
  return formFields(merged(merged(base, own), settings.extra), message);
}

export const miSizes = ({ payload = "" }: Record<string, string>): Size[] => [
  { part: "data", has: Buffer.byteLength(payload), most: PAYLOAD_BYTES, unit: "bytes" },
];

const receiptFields = (message: Message, { url }: ReceiptWish): Json =>
  present({
    "extra.callback": url,
    "extra.callback.param": idWithin(CALLBACK_PARAM, message),
    "extra.callback.type": RECEIPT_TYPES,
  });

function shownFields(message: Message, longestWebUri: number): Json {
  const { title, body, url } = message.content;
  const opens = url !== undefined && url.length <= longestWebUri;
  return present({
    // Both must be there, and not blank.
    title: cut(title ?? body ?? "", TITLE),
    description: cut(body ?? title ?? "", DESCRIPTION),
    notify_type: -1,
    notify_id: notifyId(message),
    "extra.notify_foreground": 1,
    "extra.notify_effect": opens ? 3 : 1,
    "extra.web_uri": opens ? url : undefined,
  });
}

/** Everything as the text that a form carries; a template's parameters are filled with the message's own words. */
function formFields(fields: Json, message: Message): Record<string, string> {
  const text = (name: string, value: unknown): string => {
    if (typeof value === "string") return value;
    if (name === "extra.template_param" && isObject(value))
      return templateParameters(value, message, TEMPLATE);
    return JSON.stringify(value) ?? "";
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, text(name, value)]));
}
