import type { Message } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import { type Json, merged } from "../vendor/content.ts";
import { ROBOTS } from "./robots.ts";

export type WebhookMessage = Pick<
  Message,
  "content" | "notificationId" | "createdAtMs" | "category" | "priority"
>;

/** Robots refuse longer requests. What a person's own fields add is less than the reserve. */
const MOST_BYTES: Partial<Record<WebhookFormat, number>> = { feishu: 20_000, dingtalk: 20_000 };
const RESERVE_BYTES = 200;

/** What a receiver learns of the content: not the app's own notes, nor what is for other channels. */
const TOLD = [
  ...["title", "body", "titleLoc", "bodyLoc", "data", "url", "image", "icon", "actions", "tag", "thread"],
  ...["level", "color", "badgeCount", "sound", "silent"],
] as readonly (keyof Content)[];

/**
 * What all targets of a format are sent; `nothing_to_say` where a robot would have nothing to show.
 * The caller's own block goes over it, as it is.
 */
export function webhookBody(
  format: WebhookFormat,
  message: WebhookMessage,
): Json | "nothing_to_say" | "payload_too_large" {
  const { content } = message;
  const own = content.webhook;
  const isShown = content.title !== undefined || content.body !== undefined;
  if (format !== "standard" && !isShown && own === undefined) return "nothing_to_say";
  const made = format === "standard" ? standard(message) : ROBOTS[format](message);
  const body = merged(made, own);
  const most = MOST_BYTES[format];
  const isLong = most !== undefined && Buffer.byteLength(JSON.stringify(body)) > most - RESERVE_BYTES;
  return isLong ? "payload_too_large" : body;
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure */
function standard({ content, notificationId, createdAtMs, category, priority }: WebhookMessage): Json {
  const told = TOLD.filter((key) => content[key] !== undefined).map((key) => [key, content[key]]);
  return {
    type: "notification",
    timestamp: new Date(createdAtMs).toISOString(),
    data: { id: notificationId, category, priority, content: Object.fromEntries(told) },
  };
}
