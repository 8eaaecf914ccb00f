import type { Message } from "../../core/dispatch/provider.ts";
import type { LiveActivity } from "../../core/notification/apple.ts";
import type { Content } from "../../core/notification/content.ts";
import { type Json, present } from "./json.ts";

type Timed = Pick<Message, "content" | "createdAtMs" | "sendAtMs">;

/** https://developer.apple.com/documentation/activitykit/starting-and-updating-live-activities-with-activitykit-push-notifications */
export function liveActivityAps(
  activity: LiveActivity,
  { content, createdAtMs, sendAtMs = createdAtMs }: Timed,
): Json {
  return present({
    // Of two updates the device keeps the later one: the order they were meant in, not the one they arrive in.
    timestamp: Math.floor(sendAtMs / 1000),
    event: activity.event,
    "content-state": activity.contentState,
    "relevance-score": activity.relevance,
    "stale-date": activity.event === "end" ? undefined : seconds(activity.staleAt),
    "dismissal-date": activity.event === "end" ? seconds(activity.dismissAt) : undefined,
    ...(activity.event === "start" && started(activity)),
    alert: alertOf(content),
  });
}

const started = ({ attributesType, attributes, channel }: LiveActivity & { event: "start" }): Json => ({
  "attributes-type": attributesType,
  attributes,
  // Since iOS 18: what later updates reach it by.
  ...(channel === undefined ? { "input-push-token": 1 } : { "input-push-channel": channel }),
});

const seconds = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Math.floor(Date.parse(time) / 1000);

/** Unlike an ordinary alert it holds its sound, and localised texts as blocks of their own. */
function alertOf({ title, body, titleLoc, bodyLoc, sound }: Content): Json | undefined {
  const texts = present({ title: localised(titleLoc) ?? title, body: localised(bodyLoc) ?? body });
  return Object.keys(texts).length > 0 ? present({ ...texts, sound }) : undefined;
}

const localised = (text: Content["titleLoc"]): Json | undefined =>
  text && present({ "loc-key": text.key, "loc-args": text.args });
