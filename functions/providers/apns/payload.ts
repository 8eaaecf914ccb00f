import { hash } from "node:crypto";
import type { Message, Target } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";

/** Apple's limit for everything but VoIP. */
export const APNS_LIMIT_BYTES = 4_096;

export type ApnsMessage = Pick<Message, "content" | "notificationId" | "createdAtMs">;
type Json = Record<string, unknown>;

/** The notification's JSON: `aps`, the app's data at the root, the pass-through block over both. */
export function apnsPayload({ content, notificationId, createdAtMs }: ApnsMessage): Json {
  const { aps: ownAps, ...own } = content.apns ?? {};
  return {
    ...content.data,
    ...present({ imageUrl: content.image, url: content.url }),
    notificationId,
    timestamp: createdAtMs,
    ...own,
    aps: completed({ ...aps(content), ...(isObject(ownAps) && ownAps) }),
  };
}

export const payloadBytes = (message: ApnsMessage): number =>
  Buffer.byteLength(JSON.stringify(apnsPayload(message)));

function aps(content: Content): Json {
  if (content.silent) return { "content-available": 1 };
  return present({
    alert: alertOf(content),
    badge: content.badgeCount,
    sound: content.sound,
    "thread-id": content.thread,
    category: content.actionCategory,
    "mutable-content": content.mutable || content.image ? 1 : undefined,
  });
}

function alertOf({ title, body, titleLoc, bodyLoc }: Content): Json | undefined {
  const alert = present({
    title,
    body,
    "title-loc-key": titleLoc?.key,
    "title-loc-args": titleLoc?.args,
    "loc-key": bodyLoc?.key,
    "loc-args": bodyLoc?.args,
  });
  return Object.keys(alert).length > 0 ? alert : undefined;
}

/** A payload that shows nothing wakes the app. */
const completed = (block: Json): Json => (isVisible(block) ? block : { ...block, "content-available": 1 });

const isVisible = (block: Json): boolean =>
  block["alert"] !== undefined || block["badge"] !== undefined || block["sound"] !== undefined;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const present = (block: Json): Json =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));

/** Headers that all targets of a message have in common, as a flat list. */
export function apnsHeaders(
  message: ApnsMessage & Pick<Message, "priority" | "ttlS" | "traceparent">,
  payload: Json,
  nowMs: number,
): string[] {
  const { content, notificationId, priority, ttlS, traceparent } = message;
  const visible = isVisible(payload["aps"] as Json);
  return [
    "apns-push-type",
    visible ? "alert" : "background",
    "apns-priority",
    visible && priority !== "low" ? "10" : "5",
    // 0 means one attempt and no storage: only for what is worthless later.
    "apns-expiration",
    ttlS === 0 ? "0" : String(Math.floor(nowMs / 1000) + ttlS),
    "apns-collapse-id",
    content.tag ?? hash("sha256", notificationId, "base64url").slice(0, 32),
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
