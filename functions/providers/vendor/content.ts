import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { VendorSettings } from "../../core/credentials/vendor-settings.ts";
import type { Message, Target } from "../../core/dispatch/provider.ts";

export type Json = Record<string, unknown>;

/** Kinds of messages that all vendors tell apart in one way or another. */
export type MessageClass = "chat" | "order" | "account" | "marketing";

const CLASS_OF = new Map<string, MessageClass>([
  ["social", "chat"],
  ["transactional", "order"],
  ["system", "account"],
  ["urgent", "account"],
  ["marketing", "marketing"],
]);

/** Class of a category; the app's own categories by their priority: low is advertising until it is said otherwise. */
export const messageClass = ({ category, priority }: Pick<Message, "category" | "priority">): MessageClass =>
  CLASS_OF.get(category) ?? (priority === "low" ? "marketing" : "order");

/** The operator's own fields for a message's category. A caller's word: "constructor" is a category like another. */
export const ownFields = (
  { categories = {} }: Pick<VendorSettings, "categories">,
  { category }: Pick<Message, "category">,
): Json | undefined => (Object.hasOwn(categories, category) ? categories[category] : undefined);

/** The first `most` characters as people count them; a cut text ends with an ellipsis. */
export function cut(text: string, most: number): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}

/** 0 to 2^31 - 1: a later notification with the same tag, or a repetition of the same one, replaces the first. */
export const notifyId = ({ content, notificationId }: Pick<Message, "content" | "notificationId">): number =>
  crc32(content.tag ?? notificationId) & 0x7fffffff;

/** The notification's id for the vendor to hand back; left out where it is longer than the vendor's field. */
export const idWithin = (
  most: number,
  { notificationId }: Pick<Message, "notificationId">,
): string | undefined => (notificationId.length <= most ? notificationId : undefined);

/** What the app finds in the message beside its texts. */
export const dataOf = ({ content, notificationId, createdAtMs }: Message): Record<string, string> => ({
  ...content.data,
  ...(content.url !== undefined && { url: content.url }),
  notificationId,
  timestamp: String(createdAtMs),
});

/** The same targets of the same job make the same id: what a vendor has taken already is not taken twice. */
export function requestId(targets: readonly Target[]): string {
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) return only.messageId.replaceAll("-", "");
  const hash = createHash("sha256");
  for (const { messageId } of targets) hash.update(messageId);
  return hash.digest("hex").slice(0, 32);
}

/**
 * Objects are merged key by key, everything else is replaced; the operator's `undefined` does not exist in JSON. Keys are
 * somebody else's words: "__proto__" is left out, "constructor" is a key like another.
 */
export function merged(base: Json, over: Json | undefined): Json {
  if (over === undefined) return base;
  const result: Json = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (key === "__proto__") continue;
    const mine = Object.hasOwn(result, key) ? result[key] : undefined;
    result[key] = isObject(mine) && isObject(value) ? merged(mine, value) : value;
  }
  return result;
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Without the fields that are undefined. */
export const present = (block: Json): Json =>
  Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));
