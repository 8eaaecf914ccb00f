import { hash } from "node:crypto";
import type { HmsCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import {
  dataOf,
  type Json,
  type MessageClass,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
} from "../vendor/content.ts";
import { jsonBytes, type Size } from "../vendor/size.ts";

/** The body without its tokens; 80300008 beyond. */
const LIMIT_BYTES = 4_096;
export const HMS_BATCH = 1_000;
/** `appMessageId`; as long as a SHA-256 in hex. */
const ONCE_KEY_CHARS = 64;
/** 15 days. */
const LONGEST_TTL_S = 1_296_000;

/**
 * Huawei's self-classification: the category must have been granted to the app, and what is unclassified counts as
 * marketing (two a day and device).
 */
const CLASSIFIED: Record<MessageClass, { category: string; importance: "NORMAL" | "LOW" }> = {
  chat: { category: "IM", importance: "NORMAL" },
  order: { category: "EXPRESS", importance: "NORMAL" },
  account: { category: "ACCOUNT", importance: "NORMAL" },
  marketing: { category: "MARKETING", importance: "LOW" },
};

type Settings = Pick<HmsCredentials, "badgeClass" | "categories" | "extra">;

const ttlOf = ({ ttlS }: Message): number => Math.min(Math.max(1, ttlS), LONGEST_TTL_S);
const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** `message` of /v1/{appId}/messages:send without `token`: HarmonyOS up to 4 and EMUI. */
export function hmsPayload(message: Message, settings: Settings): Json {
  const { category, importance } = CLASSIFIED[messageClass(message)];
  const base: Json = {
    data: JSON.stringify(dataOf(message)),
    android: {
      collapse_key: -1,
      urgency: "NORMAL",
      ttl: `${ttlOf(message)}s`,
      bi_tag: message.notificationId,
      ...(isShown(message) && {
        category,
        notification: shown(message, importance, settings.badgeClass),
      }),
    },
  };
  const own = isShown(message) ? ownFields(settings, message) : undefined;
  return merged(merged(base, own && { android: own }), settings.extra);
}

function shown(
  { content, notificationId }: Message,
  importance: string,
  badgeClass: string | undefined,
): Json {
  return present({
    title: content.title,
    body: content.body,
    importance,
    click_action: content.url === undefined ? { type: 3 } : { type: 2, url: content.url },
    channel_id: content.androidChannelId,
    notify_id: notifyId({ content, notificationId }),
    tag: content.tag,
    group: content.thread,
    image: content.image,
    icon: content.icon,
    color: content.color,
    sound: content.sound,
    title_loc_key: content.titleLoc?.key,
    title_loc_args: content.titleLoc?.args,
    body_loc_key: content.bodyLoc?.key,
    body_loc_args: content.bodyLoc?.args,
    badge: badgeOf(content.badgeCount, badgeClass),
  });
}

const badgeOf = (count: number | undefined, badgeClass: string | undefined): Json | undefined =>
  count === undefined || badgeClass === undefined
    ? undefined
    : { set_num: Math.min(count, 99), class: badgeClass };

/** /v3/{projectId}/messages:send without its target: HarmonyOS 5 and later, in camel case and with numbers. */
export function hmsNextPayload(message: Message, settings: Settings): Json {
  const { content } = message;
  const own = ownFields(settings, message) ?? {};
  const data = dataOf(message);
  const pushOptions = { ttl: ttlOf(message), biTag: message.notificationId, collapseKey: -1 };
  if (!isShown(message))
    return merged({ payload: { extraData: JSON.stringify(data) }, pushOptions }, settings.extra);
  const notification = present({
    category: CLASSIFIED[messageClass(message)].category,
    title: content.title ?? "",
    body: content.body ?? "",
    clickAction: { actionType: 0, data },
    badge: content.badgeCount === undefined ? undefined : { setNum: Math.min(content.badgeCount, 99) },
    notifyId: notifyId(message),
    appMessageId: onceKey(message),
    image: content.image,
    foregroundShow: true,
  });
  const { category } = own;
  const classified = category === undefined ? notification : { ...notification, category };
  return merged({ payload: { notification: classified }, pushOptions }, settings.extra);
}

/** What Huawei takes once; a long id's beginning may be another's as well. */
const onceKey = ({ notificationId }: Message): string =>
  notificationId.length <= ONCE_KEY_CHARS ? notificationId : hash("sha256", notificationId, "hex");

/** Of a body of the old interface, with its envelope. */
export const hmsSizes = (payload: object): Size[] => [
  { part: "message", has: jsonBytes(enveloped(payload)), most: LIMIT_BYTES, unit: "bytes" },
];

/** Of a body of v3. */
export const hmsNextSizes = (payload: object): Size[] => [
  { part: "harmony", has: jsonBytes(payload), most: LIMIT_BYTES, unit: "bytes" },
];

/** What the old interface wants around a message. */
export const enveloped = (message: object): object => ({ validate_only: false, message });

/** `push-type` of the v3 interface: 0 = alert, 6 = background. */
export const pushType = (message: Message): string => (isShown(message) ? "0" : "6");
