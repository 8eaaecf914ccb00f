import { createHash } from "node:crypto";
import type { MeizuCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import { SHOWN } from "../../core/notification/shown-texts.ts";
import {
  cut,
  dataOf,
  idWithin,
  type Json,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
} from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";

/** github.com/MEIZUPUSH/PushAPI: devices of one request, characters of the texts, hours in the offline store. */
export const MEIZU_BATCH = 100;
const { title: TITLE_CHARS, body: CONTENT_CHARS } = SHOWN.meizu;
const LONGEST_TTL_H = 72;
const HOUR_S = 3_600;
const CALLBACK_PARAM = 64;
/** Delivered and clicked. */
const RECEIPT_TYPES = "3";

type Settings = Pick<MeizuCredentials, "categories" | "extra">;

/** There is nothing but notifications: data alone is no longer delivered. */
export const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** `messageJson`; both texts are required, so that one stands in for the other. */
export function meizuPayload(message: Message, settings: Settings, wish?: ReceiptWish): Json {
  const { content } = message;
  const base: Json = {
    noticeBarInfo: {
      // 0 = public (few a day and device), 1 = private.
      noticeMsgType: messageClass(message) === "marketing" ? 0 : 1,
      title: cut(content.title ?? content.body ?? "", TITLE_CHARS),
      content: cut(content.body ?? content.title ?? "", CONTENT_CHARS),
    },
    clickTypeInfo: {
      ...(content.url === undefined ? { clickType: 0 } : { clickType: 2, url: content.url }),
      parameters: dataOf(message),
    },
    pushTimeInfo: pushTime(message.ttlS),
    advanceInfo: { notifyKey: notifyKey(message) },
    ...(wish && { extra: callback(message, wish) }),
  };
  return merged(merged(base, ownFields(settings, message)), settings.extra);
}

const callback = (message: Message, { url }: ReceiptWish): Json =>
  present({
    callback: url,
    "callback.param": idWithin(CALLBACK_PARAM, message),
    "callback.type": RECEIPT_TYPES,
  });

/** Whole hours, one at least; 0 is for who is online now. */
const pushTime = (ttlS: number): Json =>
  ttlS <= 0
    ? { offLine: 0 }
    : { offLine: 1, validTime: Math.min(Math.max(1, Math.floor(ttlS / HOUR_S)), LONGEST_TTL_H) };

/** Eight characters at most. */
const notifyKey = (message: Message): string => notifyId(message).toString(16).padStart(8, "0");

/** MD5 over the sorted fields as they are, before they are encoded, and the secret behind them. */
export function meizuSign(fields: Readonly<Record<string, string>>, appSecret: string): string {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = sorted.map(([key, value]) => `${key}=${value}`).join("");
  return createHash("md5")
    .update(text + appSecret)
    .digest("hex");
}
