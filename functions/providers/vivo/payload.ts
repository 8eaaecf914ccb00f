import type { VivoCredentials } from "../../core/credentials/vendors.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import { LINKS, SHOWN } from "../../core/notification/shown-texts.ts";
import {
  cut,
  dataOf,
  idWithin,
  type Json,
  type MessageClass,
  merged,
  messageClass,
  notifyId,
  ownFields,
  present,
} from "../vendor/content.ts";
import type { ReceiptWish } from "../vendor/options.ts";
import type { Size } from "../vendor/size.ts";

export const VIVO_BATCH = 1_000;
/** `clientCustomMap` as JSON. */
const DATA_CHARS = 1_024;
const { title: TITLE, body: CONTENT } = SHOWN.vivo;
const LONGEST_URL = LINKS.vivo;
const TTL_S = { least: 60, most: 86_400 };
const CALLBACK_PARAM = 192;
/** Sound and vibration. */
const ALERT = 4;

/** 0 = operations (advertising), 1 = system; a category of the other class is refused (10097). */
const CLASSIFIED: Record<MessageClass, { classification: 0 | 1; category: string }> = {
  chat: { classification: 1, category: "IM" },
  order: { classification: 1, category: "ORDER" },
  account: { classification: 1, category: "ACCOUNT" },
  marketing: { classification: 0, category: "MARKETING" },
};

type Settings = Pick<VivoCredentials, "categories" | "extra" | "receiptCallbackId">;

const callback = (message: Message, { receiptCallbackId: id }: Settings, { url }: ReceiptWish): Json =>
  present({
    "callback.id": id,
    callback: id === undefined ? url : undefined,
    "callback.param": idWithin(CALLBACK_PARAM, message),
  });

/** vivo shows notifications and has no other messages. */
export const isShown = ({ content }: Pick<Message, "content">): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

export const isOperations = ({ classification }: Json): boolean => Number(classification) === 0;

/** The body of /message/send without `appId`, `regId` and `requestId`. */
export function vivoPayload(message: Message, settings: Settings, wish?: ReceiptWish): Json {
  const { title, body, url } = message.content;
  const opens = url !== undefined && url.length <= LONGEST_URL;
  const { url: link, ...data } = dataOf(message);
  const base = present({
    notifyType: ALERT,
    title: cut(title ?? body ?? "", TITLE),
    content: cut(body ?? title ?? "", CONTENT),
    timeToLive: Math.min(Math.max(TTL_S.least, message.ttlS), TTL_S.most),
    skipType: opens ? 2 : 1,
    skipContent: opens ? url : undefined,
    networkType: -1,
    ...CLASSIFIED[messageClass(message)],
    pushMode: 0,
    notifyId: notifyId(message),
    // A link that opens by itself is not repeated: the room is small.
    clientCustomMap: present({ ...data, url: opens ? undefined : link }),
    foregroundShow: true,
    sendOnline: false,
    extra: wish && callback(message, settings, wish),
  });
  return merged(merged(base, ownFields(settings, message)), settings.extra);
}

export const vivoSizes = ({ clientCustomMap = {} }: Json): Size[] => [
  { part: "data", has: JSON.stringify(clientCustomMap).length, most: DATA_CHARS, unit: "characters" },
];
