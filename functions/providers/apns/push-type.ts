import type { ApplePushType } from "../../core/notification/apple.ts";
import type { Content } from "../../core/notification/content.ts";
import type { Priority } from "../../core/words.ts";

export type PushType = ApplePushType | "liveactivity";

type Rule = {
  /** What comes behind the bundle id in the topic. */
  suffix: string;
  /** apns-priority by the notification's own. */
  priority: Record<Priority, "5" | "10">;
  /** One attempt, nothing stored, whatever the notification's time to live. */
  once?: true;
  limitBytes: number;
};

const LIMIT_BYTES = 4_096;
const usual: Rule = {
  suffix: "",
  priority: { high: "10", normal: "10", low: "5" },
  limitBytes: LIMIT_BYTES,
};
const always = (priority: "5" | "10"): Rule["priority"] => ({
  high: priority,
  normal: priority,
  low: priority,
});

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
export const PUSH_TYPES: Record<PushType, Rule> = {
  alert: usual,
  background: { ...usual, priority: always("5") },
  voip: { suffix: ".voip", priority: always("10"), once: true, limitBytes: 5_120 },
  complication: { ...usual, suffix: ".complication" },
  fileprovider: { ...usual, suffix: ".pushkit.fileprovider" },
  location: { ...usual, suffix: ".location-query" },
  pushtotalk: { ...usual, suffix: ".voip-ptt", priority: always("10"), once: true },
  widgets: { ...usual, suffix: ".push-type.widgets" },
  controls: { ...usual, suffix: ".push-type.controls" },
  // Updates of priority 10 use up a budget that iOS gives each app: only those that are urgent.
  liveactivity: {
    ...usual,
    suffix: ".push-type.liveactivity",
    priority: { high: "10", normal: "5", low: "5" },
  },
};

/** The push type of a content whose payload shows something or not; the app's own block may have decided that. */
export function pushTypeOf({ apple }: Content, visible: boolean): PushType {
  if (apple?.liveActivity) return "liveactivity";
  const { pushType } = apple ?? {};
  if (pushType === undefined || pushType === "alert" || pushType === "background")
    return visible ? "alert" : "background";
  return pushType;
}
