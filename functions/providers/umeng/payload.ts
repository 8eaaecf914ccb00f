import { createHash } from "node:crypto";
import type { UmengCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import { dataOf, type Json, merged, ownFields, present } from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";
import { jsonBytes, type Size } from "../vendor/size.ts";

/** Umeng's U-Push API: device tokens of one request, bytes of the payload. */
export const UMENG_BATCH = 500;
const PAYLOAD_BYTES = 1_840;
/** Seven days; less than a minute would be over before it began. */
const LONGEST_TTL_S = 604_800;
const SHORTEST_TTL_S = 60;
const CHINA_MS = 8 * 3_600_000;
/** Delivered and clicked. */
const RECEIPT_TYPES = 3;

type Settings = Pick<UmengCredentials, "production" | "categories" | "extra">;

const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** The body for Android without key, time and targets. */
export function umengPayload(message: Message, settings: Settings, nowMs: number, wish?: ReceiptWish): Json {
  const base: Json = {
    payload: isShown(message)
      ? { display_type: "notification", body: shown(message), extra: dataOf(message) }
      : { display_type: "message", body: { custom: dataOf(message) } },
    policy: { expire_time: expireTime(message.ttlS, nowMs) },
    production_mode: String(settings.production),
    description: message.notificationId,
    ...(wish?.url !== undefined && { receipt_url: wish.url, receipt_type: RECEIPT_TYPES }),
  };
  return merged(merged(base, ownFields(settings, message)), settings.extra);
}

/** All three texts are required, so that one stands in for the others. */
function shown({ content }: Message): Json {
  const title = content.title ?? content.body;
  return present({
    ticker: title,
    title,
    text: content.body ?? content.title,
    ...(content.url === undefined ? { after_open: "go_app" } : { after_open: "go_url", url: content.url }),
    img: content.image,
    sound: content.sound,
  });
}

/** `yyyy-MM-dd HH:mm:ss`, in China. */
export function expireTime(ttlS: number, nowMs: number): string {
  const leftS = Math.min(Math.max(SHORTEST_TTL_S, ttlS), LONGEST_TTL_S);
  return new Date(nowMs + leftS * 1_000 + CHINA_MS).toISOString().slice(0, 19).replace("T", " ");
}

export const umengSizes = ({ payload }: Json): Size[] => [
  { part: "message", has: jsonBytes(payload), most: PAYLOAD_BYTES, unit: "bytes" },
];

/** The request's text as it is signed and sent; one device or a list of them. */
export function umengBody(
  payload: Json,
  { appKey, tokens, nowMs }: { appKey: string; tokens: readonly string[]; nowMs: number },
): string {
  return JSON.stringify({
    ...payload,
    appkey: appKey,
    timestamp: String(Math.floor(nowMs / 1_000)),
    type: tokens.length === 1 ? "unicast" : "listcast",
    device_tokens: tokens.join(","),
  });
}

/** MD5 over the very text that is sent, and the URL that is called without its query. */
export const umengSign = (url: string, body: string, masterSecret: string): string =>
  createHash("md5").update(`POST${url}${body}${masterSecret}`).digest("hex");
