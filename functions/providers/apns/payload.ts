import { hash } from "node:crypto";
import type { Message, Target } from "../../core/dispatch/provider.ts";
import type { Apple } from "../../core/notification/apple.ts";
import type { Content } from "../../core/notification/content.ts";
import { BROADCAST_LIMIT_BYTES } from "./broadcast.ts";
import { isObject, type Json, present } from "./json.ts";
import { liveActivityAps } from "./live-activity.ts";
import { PUSH_TYPES, type PushType, pushTypeOf } from "./push-type.ts";

export type ApnsMessage = Pick<Message, "content" | "notificationId" | "createdAtMs" | "sendAtMs">;

/** The longest number that a badge shows: what a message of counted badges is measured with. */
export const MOST_UNREAD = 99_999;

/**
 * The notification's JSON: `aps`, the app's data at the root, the pass-through block over both.
 * @param unread the badge's number where it is counted for each person
 */
export function apnsPayload(message: ApnsMessage, unread?: number): Json {
  const { content, notificationId, createdAtMs } = message;
  const { aps: ownAps, ...own } = content.apns ?? {};
  const ours = isObject(ownAps) ? ownAps : {};
  const activity = content.apple?.liveActivity;
  if (activity) return { ...own, aps: { ...liveActivityAps(activity, message), ...ours } };
  return {
    ...content.data,
    ...present({ imageUrl: content.image, url: content.url }),
    notificationId,
    timestamp: createdAtMs,
    ...own,
    aps: completed({ ...aps(content, unread), ...ours }, content),
  };
}

export const payloadBytes = (message: ApnsMessage): number =>
  Buffer.byteLength(JSON.stringify(apnsPayload(message, MOST_UNREAD)));

/** Apple's limit for the message's push type, or for a channel that it is broadcast to. */
export const limitBytes = ({ content }: Pick<Message, "content">, isBroadcast = false): number =>
  isBroadcast ? BROADCAST_LIMIT_BYTES : PUSH_TYPES[pushTypeOf(content, true)].limitBytes;

function aps(content: Content, unread: number | undefined): Json {
  const { apple = {} } = content;
  if (content.silent) return {};
  return present({
    alert: alertOf(content),
    badge: apple.badge === "unread" ? unread : content.badgeCount,
    sound: soundOf(content),
    "thread-id": content.thread,
    category: content.actionCategory,
    "mutable-content": content.mutable || content.image ? 1 : undefined,
    "interruption-level": apple.interruption,
    "relevance-score": apple.relevance,
    "filter-criteria": apple.filterCriteria,
    "target-content-id": apple.targetContentId,
  });
}

function alertOf({
  title,
  body,
  titleLoc,
  bodyLoc,
  apple: { subtitle, subtitleLoc } = {},
}: Content): Json | undefined {
  const alert = present({
    title,
    subtitle,
    body,
    "title-loc-key": titleLoc?.key,
    "title-loc-args": titleLoc?.args,
    "subtitle-loc-key": subtitleLoc?.key,
    "subtitle-loc-args": subtitleLoc?.args,
    "loc-key": bodyLoc?.key,
    "loc-args": bodyLoc?.args,
  });
  return Object.keys(alert).length > 0 ? alert : undefined;
}

function soundOf({ sound, apple }: Content): Json | string | undefined {
  const critical: Apple["criticalSound"] = apple?.criticalSound;
  if (critical === undefined) return sound;
  return { critical: 1, name: critical.name ?? sound ?? "default", volume: critical.volume ?? 1 };
}

/** What each push type needs to be more than an empty block: an ordinary one that shows nothing wakes the app. */
function completed(block: Json, content: Content): Json {
  const type = pushTypeOf(content, shows(block));
  if (type === "background") return { "content-available": 1, ...block };
  return type === "widgets" || type === "controls" ? { "content-changed": true, ...block } : block;
}

const shows = (block: Json): boolean =>
  block["alert"] !== undefined || block["badge"] !== undefined || block["sound"] !== undefined;

const isVisible = (payload: Json): boolean => shows(payload["aps"] as Json);

export const apnsPushType = ({ content }: Pick<Message, "content">, payload: Json): PushType =>
  pushTypeOf(content, isVisible(payload));

/** Headers that all targets of a message have in common, as a flat list. */
export function apnsHeaders(
  message: ApnsMessage & Pick<Message, "priority" | "ttlS" | "traceparent">,
  payload: Json,
  nowMs: number,
): string[] {
  const { content, notificationId, priority, ttlS, traceparent } = message;
  const type = apnsPushType(message, payload);
  const rule = PUSH_TYPES[type];
  return [
    "apns-push-type",
    type,
    "apns-priority",
    rule.priority[priority],
    // 0 means one attempt and no storage: only for what is worthless later.
    "apns-expiration",
    ttlS === 0 || rule.once ? "0" : String(Math.floor(nowMs / 1000) + ttlS),
    // Updates of a Live Activity have their timestamp instead.
    ...(type === "liveactivity"
      ? []
      : ["apns-collapse-id", content.tag ?? hash("sha256", notificationId, "base64url").slice(0, 32)]),
    ...(traceparent ? ["traceparent", traceparent] : []),
  ];
}

/** Headers of one target, over those of the message. */
export function targetHeaders(
  common: readonly string[],
  target: Pick<Target, "token" | "messageId">,
  at: { host: string; topic: string; bearer: string },
): string[] {
  return [
    ":method",
    "POST",
    ":scheme",
    "https",
    ":authority",
    at.host,
    ":path",
    `/3/device/${target.token}`,
    "authorization",
    at.bearer,
    "apns-topic",
    at.topic,
    "apns-id",
    target.messageId,
    ...common,
  ];
}
