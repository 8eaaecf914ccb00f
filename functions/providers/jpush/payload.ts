import type { JpushCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import {
  dataOf,
  type Json,
  type MessageClass,
  merged,
  messageClass,
  ownFields,
  present,
} from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";
import { jsonBytes, type Size } from "../vendor/size.ts";

/** docs.jiguang.cn, Push API v3: registration ids of one request, bytes of what one platform is sent. */
export const JPUSH_BATCH = 1_000;
const ANDROID_BYTES = 4_000;
const IOS_BYTES = 2_000;
/** Three days; ten for JPush's VIPs. */
const LONGEST_TTL_S = 259_200;
const COLLAPSE_ID_BYTES = 64;
/** Delivered and clicked. */
const RECEIPT_TYPES = 1 + 2;

/** HarmonyOS wants one of Huawei's categories. */
const HARMONY_CATEGORY: Record<MessageClass, string> = {
  chat: "IM",
  order: "EXPRESS",
  account: "ACCOUNT",
  marketing: "MARKETING",
};

type Settings = Pick<JpushCredentials, "apnsProduction" | "categories" | "extra">;

const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** The body without its audience. */
export function jpushPayload(message: Message, settings: Settings, wish?: ReceiptWish): Json {
  const { content, ttlS } = message;
  const base = present({
    platform: "all",
    callback: wish && callback(message, wish),
    ...(isShown(message) ? { notification: shown(message) } : silent(message)),
    options: present({
      time_to_live: Math.min(Math.max(0, ttlS), LONGEST_TTL_S),
      apns_production: settings.apnsProduction,
      apns_collapse_id: collapseId(content.tag),
      // vivo's: 0 = marketing, 1 = system.
      classification: messageClass(message) === "marketing" ? 0 : 1,
    }),
  });
  return merged(merged(base, ownFields(settings, message)), settings.extra);
}

const callback = ({ notificationId }: Message, { url }: ReceiptWish): Json =>
  present({ url, type: RECEIPT_TYPES, params: { notification: notificationId } });

const collapseId = (tag: string | undefined): string | undefined =>
  tag !== undefined && Buffer.byteLength(tag) <= COLLAPSE_ID_BYTES ? tag : undefined;

function shown(message: Message): Json {
  const { content } = message;
  const extras = dataOf(message);
  const alert = content.body ?? content.title;
  const title = content.body === undefined ? undefined : content.title;
  return {
    android: present({ alert, title, channel_id: content.androidChannelId, sound: content.sound, extras }),
    ios: present({
      alert: present({
        title,
        body: alert,
        "title-loc-key": content.titleLoc?.key,
        "title-loc-args": content.titleLoc?.args,
        "loc-key": content.bodyLoc?.key,
        "loc-args": content.bodyLoc?.args,
      }),
      sound: content.sound,
      badge: content.badgeCount,
      category: content.actionCategory,
      "thread-id": content.thread,
      "mutable-content": content.mutable,
      extras,
    }),
    hmos: present({ alert, title, category: HARMONY_CATEGORY[messageClass(message)], extras }),
  };
}

/** Data alone: JPush's own connection on Android and HarmonyOS, a background push on iPhones. */
function silent(message: Message): Json {
  const extras = dataOf(message);
  return {
    notification: { ios: { alert: "", "content-available": true, extras } },
    message: { msg_content: JSON.stringify(extras), content_type: "application/json" },
  };
}

/** Of each platform's part. */
export function jpushSizes({ notification, message }: Json): Size[] {
  const { android, ios } = (notification ?? {}) as Json;
  return [
    { part: "android", has: jsonBytes(android) + jsonBytes(message), most: ANDROID_BYTES, unit: "bytes" },
    { part: "ios", has: jsonBytes(ios), most: IOS_BYTES, unit: "bytes" },
  ];
}

/** Basic authentication; an app's own key, or `group-` and a group's. */
export const jpushAuthorization = (appKey: string, masterSecret: string): string =>
  `Basic ${Buffer.from(`${appKey}:${masterSecret}`).toString("base64")}`;
