import type { Message } from "../core/dispatch/provider.ts";
import { AppError } from "../core/errors/app-error.ts";
import { FRAME_BYTES, type InboxItem, notificationFrame } from "../core/inbox/inbox.ts";
import { rungsOf } from "../core/ladder/rungs.ts";
import { FAN_OUT_PROVIDER, fanOutOf } from "../core/notification/fan-out.ts";
import type { Notification, NotificationBody } from "../core/notification/notification.ts";
import * as apns from "../providers/apns/payload.ts";
import * as fcm from "../providers/fcm/payload.ts";
import * as webpush from "../providers/webpush/payload.ts";

/** One provider's payload of a message, and what the provider allows. */
type Sample = { provider: string; bytes: number; limit: number };

/**
 * The longest sample of a notification against every provider it may go through: refused before anything is
 * promised, because a payload that is too long fails for everybody.
 * @throws AppError payload_too_large naming the provider, the bytes and the limit
 */
export function guardPayload(notification: Notification, body: NotificationBody): void {
  const tooLong = samples(notification, body).filter(({ bytes, limit }) => bytes > limit);
  if (tooLong.length === 0) return;
  const errors = tooLong.map(({ provider, bytes, limit }) => ({
    pointer: "/content",
    detail: `makes a payload of ${bytes} bytes for ${provider}, which allows ${limit}`,
  }));
  throw new AppError("payload_too_large", `/content: ${errors[0]?.detail}`, { errors });
}

/** What an app has configured is not looked at: a credential may be added before the message is sent. */
function samples(notification: Notification, body: NotificationBody): Sample[] {
  const fanOut = fanOutOf(body.to);
  if (fanOut) return [fanOutSample(FAN_OUT_PROVIDER[fanOut.kind], sampleMessage(notification, body))];
  const channels = rungsOf(notification).flatMap((rung) => rung.channels);
  return [
    ...(channels.includes("inApp") ? [frameSample(notification, body)] : []),
    ...(channels.includes("mobilePush") ? mobileSamples(sampleMessage(notification, body)) : []),
    ...(channels.includes("webPush") ? [webPushSample(sampleMessage(notification, body))] : []),
  ];
}

function frameSample(
  { id, category, createdAtMs, expiresAtMs }: Notification,
  { content }: NotificationBody,
) {
  const item: InboxItem = {
    id,
    category,
    content,
    timestampMs: createdAtMs,
    expiresAtMs,
    sequence: 999_999_999,
  };
  return { provider: "websocket", bytes: Buffer.byteLength(notificationFrame(item)), limit: FRAME_BYTES };
}

type SampleMessage = Pick<Message, "content" | "notificationId" | "createdAtMs" | "priority" | "ttlS">;

function sampleMessage(notification: Notification, { content }: NotificationBody): SampleMessage {
  const { id, createdAtMs, expiresAtMs, priority } = notification;
  return {
    content,
    notificationId: id,
    createdAtMs,
    priority,
    ttlS: Math.max(0, Math.ceil((expiresAtMs - createdAtMs) / 1000)),
  };
}

function mobileSamples(message: SampleMessage): Sample[] {
  const toApple = { provider: "apns", bytes: apns.payloadBytes(message), limit: apns.limitBytes(message) };
  if (message.content.apple?.liveActivity) return [toApple];
  return [toApple, { provider: "fcm", bytes: fcm.payloadBytes(message), limit: fcm.FCM_LIMIT_BYTES }];
}

/** What is handed to many at once has limits of its own. */
const fanOutSample = (provider: "apns" | "fcm", message: SampleMessage): Sample =>
  provider === "fcm"
    ? { provider, bytes: fcm.fanOutBytes(message), limit: fcm.FCM_TOPIC_LIMIT_BYTES }
    : { provider, bytes: apns.payloadBytes(message), limit: apns.limitBytes(message, true) };

const webPushSample = (message: SampleMessage): Sample => ({
  provider: "webpush",
  bytes: webpush.payloadBytes(message),
  limit: webpush.WEBPUSH_LIMIT_BYTES,
});
