import { hash } from "node:crypto";
import type { Message } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";

export { PLAINTEXT_LIMIT_BYTES as WEBPUSH_LIMIT_BYTES } from "./encryption.ts";

export type WebPushMessage = Pick<Message, "content" | "notificationId" | "createdAtMs">;
type Json = Record<string, unknown>;

/** What the service worker gets; the app's data lies at the root, under the names that Clarion uses itself. */
export const webPushPayload = (message: WebPushMessage): Json => ({
  ...message.content.data,
  ...shownOf(message),
});

/** What is shown, under the names of the Notifications API where it has one. */
function shownOf({ content, notificationId, createdAtMs }: WebPushMessage): Json {
  const { web = {} } = content;
  const silent = content.silent ?? web.silent;
  return {
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
      silent,
      requireInteraction: web.requireInteraction,
      renotify: web.renotify,
      // Browsers refuse a notification that is silent and vibrates.
      vibrate: silent ? undefined : web.vibrate,
      dir: web.dir,
      lang: web.lang,
      notificationId,
      timestamp: content.eventTime === undefined ? createdAtMs : Date.parse(content.eventTime),
    }),
    ...content.webpush,
  };
}

/** Members of a declarative message's notification that are called the same in what is shown. */
const DECLARED = [
  ...["title", "body", "icon", "image", "badge", "tag", "silent", "requireInteraction", "renotify"],
  ...["vibrate", "dir", "lang", "timestamp"],
];

/**
 * The same with Declarative Web Push around it (https://www.w3.org/TR/push-api/, Safari 18.4 and later): the browser
 * shows it itself where there is no service worker or the worker fails. Undefined where the message has not what the
 * form needs, or where the app's own data uses its names.
 */
export function declarativePayload(message: WebPushMessage): Json | undefined {
  const flat = webPushPayload(message);
  const shown = shownOf(message);
  const { title, url: navigate, badgeCount } = shown;
  if (typeof title !== "string" || !isUrl(navigate)) return undefined;
  // Safari refuses a whole message for an icon that it cannot read.
  if (shown["icon"] !== undefined && !isUrl(shown["icon"])) return undefined;
  // Safari 18.4 reads both inside of the notification, the specification has them beside it.
  const both = present({ app_badge: badgeCount, mutable: message.content.mutable ?? true });
  const notification = {
    ...present(Object.fromEntries(DECLARED.map((name) => [name, shown[name]]))),
    navigate,
    ...actionsOf(message.content, navigate),
    ...both,
  };
  const form = { web_push: 8030, notification, ...both };
  return Object.keys(form).some((name) => name in flat) ? undefined : { ...flat, ...form };
}

const isUrl = (value: unknown): value is string => typeof value === "string" && URL.canParse(value);

function actionsOf({ actions }: Content, navigate: string): Json {
  if (actions === undefined) return {};
  const declared = actions.map(({ id, title, icon, url = navigate }) =>
    present({ action: id, title, icon, navigate: url }),
  );
  return { actions: declared };
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
