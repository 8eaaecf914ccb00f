import type { App } from "../core/app/app.ts";
import type { Message } from "../core/dispatch/provider.ts";
import { AppError } from "../core/errors/app-error.ts";
import { FRAME_BYTES, type InboxItem, notificationFrame } from "../core/inbox/inbox.ts";
import { rungsOf } from "../core/ladder/rungs.ts";
import { FAN_OUT_PROVIDER, fanOutOf } from "../core/notification/fan-out.ts";
import type { Notification, NotificationBody } from "../core/notification/notification.ts";
import { type ProviderName, TAKES_MANY } from "../core/words.ts";
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

/**
 * Messages that vendors of the app would refuse for their size: said and not refused, because a person's other phones
 * take them. Their code is loaded for apps that have one.
 */
export async function sizeWarnings(
  { providers }: App,
  notification: Notification,
  body: NotificationBody,
): Promise<string[]> {
  const hasVendor = (Object.keys(providers) as ProviderName[]).some((name) => TAKES_MANY.has(name));
  if (!hasVendor || !goesToHandsets(notification, body)) return [];
  const { vendorSizeWarnings } = await import("./vendor-sizes.ts");
  return vendorSizeWarnings(providers, sampleMessage(notification, body));
}

const goesToHandsets = (notification: Notification, { to, content }: NotificationBody): boolean =>
  !fanOutOf(to) &&
  content.apple?.liveActivity === undefined &&
  rungsOf(notification).some(({ channels }) => channels.includes("mobilePush"));

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

function sampleMessage(notification: Notification, { content, atOnce }: NotificationBody): Message {
  const { app, id, category, createdAtMs, expiresAtMs, priority } = notification;
  return {
    app,
    content,
    notificationId: id,
    category,
    createdAtMs,
    expiresAtMs,
    priority,
    ttlS: atOnce ? 0 : Math.max(0, Math.ceil((expiresAtMs - createdAtMs) / 1000)),
  };
}

function mobileSamples(message: Message): Sample[] {
  const toApple = { provider: "apns", bytes: apns.payloadBytes(message), limit: apns.limitBytes(message) };
  if (message.content.apple?.liveActivity) return [toApple];
  return [toApple, { provider: "fcm", bytes: fcm.payloadBytes(message), limit: fcm.FCM_LIMIT_BYTES }];
}

/** What is handed to many at once has limits of its own. */
const fanOutSample = (provider: "apns" | "fcm", message: Message): Sample =>
  provider === "fcm"
    ? { provider, bytes: fcm.fanOutBytes(message), limit: fcm.FCM_TOPIC_LIMIT_BYTES }
    : { provider, bytes: apns.payloadBytes(message), limit: apns.limitBytes(message, true) };

const webPushSample = (message: Message): Sample => ({
  provider: "webpush",
  bytes: webpush.payloadBytes(message),
  limit: webpush.WEBPUSH_LIMIT_BYTES,
});
