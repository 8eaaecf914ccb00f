import { hash } from "node:crypto";
import type { Message } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";

/** FCM's limit for messages to tokens. */
export const FCM_LIMIT_BYTES = 4_096;
/** Messages to topics and conditions (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
export const FCM_TOPIC_LIMIT_BYTES = 2_048;
const LONGEST_TTL_S = 2_419_200;

export type FcmMessage = Pick<Message, "content" | "notificationId" | "createdAtMs" | "priority" | "ttlS">;
type Json = Record<string, unknown>;

/** FCM's `message` without its target. */
export function fcmPayload(message: FcmMessage): Json {
  const { content, notificationId, createdAtMs } = message;
  const { dataOnly, apns, webpush, analyticsLabel } = content.fcm ?? {};
  const { notification: ownNotification, ...own } = content.android ?? {};
  const shown = isShown(content);
  const androidShown = {
    ...(shown && androidNotification(content, notificationId)),
    ...object(ownNotification),
  };
  return present({
    notification: shown ? notificationOf(content) : undefined,
    data: {
      ...(dataOnly && !content.silent && notificationOf(content)),
      ...content.data,
      ...present({ url: content.url }),
      notificationId,
      timestamp: String(createdAtMs),
    },
    android: {
      ...present({
        priority: message.priority === "high" ? "HIGH" : "NORMAL",
        ttl: `${Math.min(message.ttlS, LONGEST_TTL_S)}s`,
        collapse_key: content.tag,
        notification: Object.keys(androidShown).length > 0 ? androidShown : undefined,
      }),
      ...own,
    },
    apns,
    webpush,
    fcm_options: analyticsLabel && { analytics_label: analyticsLabel },
  });
}

/** FCM counts the payload, not the envelope with the token. */
export const payloadBytes = (message: FcmMessage): number =>
  Buffer.byteLength(JSON.stringify(fcmPayload(message)));

/**
 * The same for a topic or a condition. When its answer is lost it is sent again to everybody, so the second is to
 * replace the first where Android's tag does not reach. What shows nothing gets no tag: browsers would show that.
 */
export function fanOutPayload(message: FcmMessage): Json {
  const { apns, webpush } = message.content.fcm ?? {};
  const shown = isShown(message.content);
  const tag = tagOf(message);
  const isTagged = shown || object(webpush?.["notification"]) !== undefined;
  return present({
    ...fcmPayload(message),
    apns: shown || apns ? withOwn(apns, "headers", ["apns-collapse-id", tag]) : undefined,
    webpush: isTagged ? withOwn(webpush, "notification", ["tag", tag]) : webpush,
  });
}

export const fanOutBytes = (message: FcmMessage): number =>
  Buffer.byteLength(JSON.stringify(fanOutPayload(message)));

/** An app's block with one more entry in its part, unless the app set that itself; a part of another shape is FCM's to refuse. */
function withOwn(block: Json | undefined, part: string, [name, value]: [string, string]): Json {
  const own = block?.[part] ?? {};
  const entries = object(own);
  // Names of headers have no case.
  const isSet = Object.keys(entries ?? {}).some((key) => key.toLowerCase() === name);
  return { ...block, [part]: entries && !isSet ? { ...entries, [name]: value } : own };
}

const isShown = ({ silent, fcm, title, body, titleLoc, bodyLoc, image }: Content): boolean =>
  !silent && !fcm?.dataOnly && [title, body, titleLoc, bodyLoc, image].some((part) => part !== undefined);

function notificationOf({ title, body, image }: Content): Json | undefined {
  const shown = present({ title, body, image });
  return Object.keys(shown).length > 0 ? shown : undefined;
}

function androidNotification(content: Content, notificationId: string): Json {
  return present({
    tag: tagOf({ content, notificationId }),
    channel_id: content.androidChannelId,
    color: content.color,
    icon: content.icon,
    sound: content.sound,
    click_action: content.actionCategory,
    notification_count: content.badgeCount,
    event_time: content.eventTime,
    title_loc_key: content.titleLoc?.key,
    title_loc_args: content.titleLoc?.args,
    body_loc_key: content.bodyLoc?.key,
    body_loc_args: content.bodyLoc?.args,
  });
}

/** A duplicate with the same tag replaces the one that is shown. */
const tagOf = ({ content, notificationId }: Pick<FcmMessage, "content" | "notificationId">): string =>
  content.tag ?? hash("sha256", notificationId, "base64url").slice(0, 32);

const object = (value: unknown): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

const present = (block: Json): Json =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));

export type TargetField = "token" | "fid" | "topic" | "condition";

/** Bodies around a payload that was serialised once: only the target in front of it differs. */
export function bodyMaker(payload: string): (field: TargetField, name: string) => Buffer {
  const rest = `,${payload.slice(1)}}`;
  return (field, name) => Buffer.from(`{"message":{"${field}":${JSON.stringify(name)}${rest}`);
}
