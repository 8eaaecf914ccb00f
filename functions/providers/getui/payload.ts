import type { GetuiCredentials } from "../../core/credentials/vendors.ts";
import type { Message, Target } from "../../core/dispatch/provider.ts";
import { SHOWN } from "../../core/notification/shown-texts.ts";
import {
  cut,
  dataOf,
  type Json,
  merged,
  notifyId,
  ownFields,
  present,
  requestId,
} from "../vendor/content.ts";
import type { Size } from "../vendor/size.ts";

/** docs.getui.com, REST API V2: messages of one request, characters of the texts and of the data. */
export const GETUI_BATCH = 200;
const { title: TITLE_CHARS, body: BODY_CHARS } = SHOWN.getui;
const DATA_CHARS = 3_072;
/** Three days. */
const LONGEST_TTL_MS = 259_200_000;

type Settings = Pick<GetuiCredentials, "categories" | "extra">;

const isShown = ({ content }: Message): boolean =>
  !content.silent && (content.title ?? content.body) !== undefined;

/** One message without its audience and id. */
export function getuiPayload(message: Message, settings: Settings): Json {
  const base: Json = {
    settings: { ttl: ttlMs(message.ttlS), strategy: { default: 1 } },
    ...(isShown(message) ? shown(message) : { push_message: { transmission: dataText(message) } }),
  };
  return merged(merged(base, ownFields(settings, message)), settings.extra);
}

/** -1 is for who is online now. */
const ttlMs = (ttlS: number): number => (ttlS <= 0 ? -1 : Math.min(ttlS * 1_000, LONGEST_TTL_MS));

/** By Getui's own connection to those who are online, by the phone's vendor (`ups`) to the others. */
function shown(message: Message): Json {
  const { content } = message;
  const texts = {
    title: cut(content.title ?? content.body ?? "", TITLE_CHARS),
    body: cut(content.body ?? content.title ?? "", BODY_CHARS),
    notify_id: String(notifyId(message)),
  };
  const link = content.url === undefined ? undefined : { click_type: "url", url: content.url };
  return {
    push_message: {
      notification: present({
        ...texts,
        ...(link ?? { click_type: "payload", payload: dataText(message) }),
        channel_id: content.androidChannelId,
      }),
    },
    push_channel: {
      android: { ups: { notification: { ...texts, ...(link ?? { click_type: "startapp" }) } } },
    },
  };
}

const dataText = (message: Message): string => JSON.stringify(dataOf(message));

export const getuiSizes = (message: Message): Size[] => [
  { part: "data", has: [...dataText(message)].length, most: DATA_CHARS, unit: "characters" },
];

/** The message for one device; Getui drops a second one with the same id. */
export const addressed = (payload: Json, target: Target): Json => ({
  ...payload,
  request_id: requestId([target]),
  audience: { cid: [target.token] },
});
