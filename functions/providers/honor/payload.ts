import type { HonorCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import {
  dataOf,
  isObject,
  type Json,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
} from "../vendor/content.ts";
import { jsonBytes, type Size } from "../vendor/size.ts";

/** The body without its tokens; 80300008 beyond. */
const LIMIT_BYTES = 4_096;
export const HONOR_BATCH = 1_000;
/** 15 days. */
const LONGEST_TTL_S = 1_296_000;

type Settings = Pick<HonorCredentials, "badgeClass" | "categories" | "extra">;

const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** The body of /api/v1/{appId}/sendMessage without `token`. */
export function honorPayload(message: Message, settings: Settings): Json {
  const own = isShown(message) ? ownFields(settings, message) : undefined;
  const { title, body } = message.content;
  const base: Json = {
    data: JSON.stringify(dataOf(message)),
    ...(isShown(message) && { notification: present({ title, body }) }),
    android: {
      ttl: `${Math.min(Math.max(1, message.ttlS), LONGEST_TTL_S)}s`,
      biTag: message.notificationId,
      ...(isShown(message) && {
        notification: shown(message, importanceOf(message, own), settings.badgeClass),
      }),
    },
  };
  return merged(merged(base, own && { android: own }), settings.extra);
}

export const honorSizes = (payload: Json): Size[] => [
  { part: "message", has: jsonBytes(payload), most: LIMIT_BYTES, unit: "bytes" },
];

/** Honor's whole classification: NORMAL is a service, LOW advertising (two a day and device). */
function importanceOf(message: Message, own: Json | undefined): unknown {
  const said = isObject(own?.["notification"]) ? own["notification"]["importance"] : undefined;
  return said ?? (messageClass(message) === "marketing" ? "LOW" : "NORMAL");
}

function shown(message: Message, importance: unknown, badgeClass: string | undefined): Json {
  const { content } = message;
  return present({
    title: content.title,
    body: content.body,
    importance,
    clickAction: content.url === undefined ? { type: 3 } : { type: 2, url: content.url },
    notifyId: notifyId(message),
    tag: content.tag,
    group: content.thread,
    // Advertising with an image is refused whole (80200050).
    image: importance === "NORMAL" ? content.image : undefined,
    badge:
      content.badgeCount === undefined || badgeClass === undefined
        ? undefined
        : { setNum: Math.min(content.badgeCount, 99), badgeClass },
  });
}
