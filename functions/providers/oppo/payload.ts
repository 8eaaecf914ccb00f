import type { OppoCredentials } from "../../core/credentials/vendors.ts";
import type { Message, Target } from "../../core/dispatch/provider.ts";
import { LINKS, SHOWN } from "../../core/notification/shown-texts.ts";
import {
  cut,
  dataOf,
  idWithin,
  isObject,
  type Json,
  type MessageClass,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
  requestId,
} from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";
import type { Size } from "../vendor/size.ts";
import { templateParameters } from "../vendor/template.ts";

export const OPPO_BATCH = 1_000;
/** `action_parameters`. */
const PARAMETERS_CHARS = 4_000;
/** Style 1 shows one line, style 2 a longer text. */
const CONTENT = 50;
const { title: TITLE, body: LONG_CONTENT } = SHOWN.oppo;
const LONGEST_URL = LINKS.oppo;
/** Ten days. */
const LONGEST_TTL_S = 864_000;
const REG_ID = 2;
const CALLBACK_PARAMETER = 100;

/** Categories and levels (1 = tray, 2 = lock screen as well, 16 = banner and sound) must have been granted. */
const CLASSIFIED: Record<MessageClass, { category: string; notify_level: 1 | 2 | 16 }> = {
  chat: { category: "IM", notify_level: 16 },
  order: { category: "ORDER", notify_level: 2 },
  account: { category: "ACCOUNT", notify_level: 2 },
  marketing: { category: "MARKETING", notify_level: 1 },
};
const PUBLIC = new Set<unknown>(["NEWS", "CONTENT", "MARKETING", "SOCIAL"]);

/** Quotas are those of public messages and of private ones. */
export const quotaKind = ({ category }: Json): "public" | "private" =>
  PUBLIC.has(category) ? "public" : "private";

/** OPPO shows notifications and has no other messages. */
export const isShown = ({ content }: Pick<Message, "content">): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

type Settings = Pick<OppoCredentials, "categories" | "extra">;

/** `notification` without the id by which OPPO takes a message once. */
export function oppoNotification(message: Message, settings: Settings, wish?: ReceiptWish): Json {
  const { content, ttlS } = message;
  const { title = "", body = title } = content;
  const long = [...body].length > CONTENT;
  const base = present({
    style: long ? 2 : 1,
    title: cut(content.title ?? body, TITLE),
    content: cut(body, long ? LONG_CONTENT : CONTENT),
    ...clicked(content.url),
    action_parameters: JSON.stringify(dataOf(message)),
    // Without a life the message is for phones that are online now.
    off_line: ttlS > 0,
    off_line_ttl: ttlS > 0 ? Math.min(ttlS, LONGEST_TTL_S) : undefined,
    notify_id: notifyId(message),
    call_back_url: wish?.url,
    call_back_parameter: wish && idWithin(CALLBACK_PARAMETER, message),
    ...CLASSIFIED[messageClass(message)],
  });
  return filled(merged(merged(base, ownFields(settings, message)), settings.extra), message);
}

const clicked = (url: string | undefined): Json =>
  url === undefined || url.length > LONGEST_URL
    ? { click_action_type: 0 }
    : { click_action_type: 2, click_action_url: url };

/** The parameters of a private template travel as JSON texts, with the message's own words. */
function filled(notification: Json, message: Message): Json {
  const result = { ...notification };
  for (const [name, most] of [
    ["private_title_parameters", TITLE],
    ["private_content_parameters", LONG_CONTENT],
  ] as const) {
    const texts = result[name];
    if (isObject(texts)) result[name] = templateParameters(texts, message, { most, emoji: true });
  }
  return result;
}

/** The message to one target; its id is the same for a repetition, which OPPO takes once. */
export const addressed = (notification: Json, target: Target): Json => ({
  target_type: REG_ID,
  target_value: target.token,
  notification: { app_message_id: requestId([target]), ...notification },
  verify_registration_id: false,
});

/** One target has an endpoint of its own. */
export function oppoForm(token: string, messages: readonly Json[]): Record<string, string> {
  const [only] = messages;
  return messages.length === 1
    ? { auth_token: token, message: JSON.stringify(only) }
    : { auth_token: token, messages: JSON.stringify(messages) };
}

/** Bodies stay below this: each target's message goes whole, and encoded as a form it grows up to threefold. */
const LONGEST_BODY_BYTES = 1_000_000;
/** A registration id, the message's id and what is around them. */
const ADDRESS_BYTES = 400;

export function oppoSizes({ action_parameters: parameters }: Json): Size[] {
  const has = typeof parameters === "string" ? parameters.length : 0;
  return [{ part: "data", has, most: PARAMETERS_CHARS, unit: "characters" }];
}

/** Targets that one request takes. */
export function batchOf(notification: Json): number {
  const form = new URLSearchParams({ n: JSON.stringify(notification) });
  const bytes = form.toString().length + ADDRESS_BYTES;
  return Math.max(1, Math.min(OPPO_BATCH, Math.floor(LONGEST_BODY_BYTES / bytes)));
}
