import type { WebhookCredentials } from "../../core/credentials/webhook.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Target } from "../../core/dispatch/provider.ts";
import { checkWebhookUrl } from "../../core/net/webhook-url.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import { isObject, type Json } from "../vendor/content.ts";
import { dingtalkQuery, feishuSignature, standardHeaders } from "./sign.ts";

export type WebhookRequest = {
  host: string;
  path: string;
  headers: Record<string, string>;
  body: string;
};

const TELEGRAM_HOST = "api.telegram.org";
const CHAT = /^(-?\d{1,20}|@\w{5,32})$/;

const REFUSED: Outcome = { kind: "rejected", reason: "endpoint_refused" };
const BAD_CHAT: Outcome = { kind: "rejected", reason: "bad_chat" };
const NO_BOT: Outcome = { kind: "misconfigured", reason: "no_telegram_bot" };

/** The request for one target, signed as its format asks; or what becomes of it without one. */
export function webhookRequest(
  credentials: WebhookCredentials,
  common: Json,
  target: Target,
  nowMs: number,
): WebhookRequest | Outcome {
  const { format = "standard", token } = target;
  if (format === "telegram") return toChat(credentials, common, token);
  const place = checkWebhookUrl(token);
  if (!place.ok) return REFUSED;
  const { host } = place;
  const path = pathOf(format, place.path, target, nowMs);
  const body = JSON.stringify(bodyOf(format, common, target, nowMs));
  const headers =
    format === "standard" ? standardHeaders(credentials, { id: target.messageId, atMs: nowMs, body }) : {};
  return { host, path, headers, body };
}

function toChat({ telegramBotToken }: WebhookCredentials, common: Json, chat: string) {
  if (telegramBotToken === undefined) return NO_BOT;
  if (!CHAT.test(chat)) return BAD_CHAT;
  const body = JSON.stringify({ ...common, chat_id: chat });
  return { host: TELEGRAM_HOST, path: `/bot${telegramBotToken}/sendMessage`, headers: {}, body };
}

/** https://core.telegram.org/bots/api#getme: who the bot is; it writes to nobody. */
export const aboutBot = (telegramBotToken: string): WebhookRequest => ({
  host: TELEGRAM_HOST,
  path: `/bot${telegramBotToken}/getMe`,
  headers: {},
  body: "{}",
});

function pathOf(format: WebhookFormat, path: string, { secret }: Target, nowMs: number): string {
  const and = path.includes("?") ? "&" : "?";
  if (format === "dingtalk" && secret !== undefined) return path + and + dingtalkQuery(secret, nowMs);
  // Without it Discord says yes before it has looked at the message.
  return format === "discord" ? `${path}${and}wait=true` : path;
}

/** What differs from person to person goes over the caller's own block: nobody is told of another. */
function bodyOf(format: WebhookFormat, common: Json, { user, secret }: Target, nowMs: number): Json {
  if (format === "feishu" && secret !== undefined) return { ...common, ...feishuSignature(secret, nowMs) };
  if (format !== "standard" || !isObject(common["data"])) return common;
  return { ...common, data: { ...common["data"], user } };
}
