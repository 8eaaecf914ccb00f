import { hash } from "node:crypto";
import type { Message } from "../../core/dispatch/provider.ts";

export { PLAINTEXT_LIMIT_BYTES as WEBPUSH_LIMIT_BYTES } from "./encryption.ts";

export type WebPushMessage = Pick<Message, "content" | "notificationId" | "createdAtMs">;
type Json = Record<string, unknown>;

/** What the service worker gets; the app's data lies at the root, under the names that Clarion uses itself. */
export function webPushPayload({ content, notificationId, createdAtMs }: WebPushMessage): Json {
  return {
    ...content.data,
    ...present({
      title: content.title,
      body: content.body,
      icon: content.icon,
      image: content.image,
      badge: content.badgeIcon,
      badgeCount: content.badgeCount,
      tag: content.tag ?? notificationId,
      actions: content.actions?.map(({ id, title, icon, url }) => present({ action: id, title, icon, url })),
      url: content.url,
      silent: content.silent,
      notificationId,
      timestamp: createdAtMs,
    }),
    ...content.webpush,
  };
}

export const payloadBytes = (message: WebPushMessage): number =>
  Buffer.byteLength(JSON.stringify(webPushPayload(message)));

const present = (block: Json): Json =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));

/** Headers that all targets of a message have in common, as a flat list. */
export function webPushHeaders(
  message: Pick<Message, "content" | "priority" | "ttlS" | "traceparent">,
): string[] {
  const { content, priority, ttlS, traceparent } = message;
  return [
    ...["content-encoding", "aes128gcm", "content-type", "application/octet-stream"],
    ...["ttl", String(ttlS), "urgency", priority],
    // Without a tag of its own, a constant topic would make every pending message replace the last.
    ...(content.tag ? ["topic", hash("sha256", content.tag, "base64url").slice(0, 32)] : []),
    ...(traceparent ? ["traceparent", traceparent] : []),
  ];
}
