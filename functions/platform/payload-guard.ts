import { AppError } from "../core/errors/app-error.ts";
import { FRAME_BYTES, type InboxItem, notificationFrame } from "../core/inbox/inbox.ts";
import type { Notification, NotificationBody } from "../core/notification/notification.ts";

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

function samples(notification: Notification, { content }: NotificationBody): Sample[] {
  const found: Sample[] = [];
  if (notification.channels.includes("inApp")) {
    const { id, category, createdAtMs, expiresAtMs } = notification;
    const item: InboxItem = {
      id,
      category,
      content,
      timestampMs: createdAtMs,
      expiresAtMs,
      sequence: 999_999_999,
    };
    found.push({
      provider: "websocket",
      bytes: Buffer.byteLength(notificationFrame(item)),
      limit: FRAME_BYTES,
    });
  }
  return found;
}
