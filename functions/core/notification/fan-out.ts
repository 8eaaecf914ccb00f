import * as z from "zod/mini";
import { optional, strictObject, string } from "../schema.ts";
import type { Channel, ProviderName } from "../words.ts";
import type { Audience } from "./request.ts";
import { conditionFault, TOPIC } from "./topic-condition.ts";

/** Audiences whose people the provider alone knows: it gets one request and hands it on by itself. */
export const FAN_OUT_PROVIDER = {
  fcmTopic: "fcm",
  fcmCondition: "fcm",
  apnsChannel: "apns",
} as const satisfies Record<string, ProviderName>;
export type FanOutKind = keyof typeof FAN_OUT_PROVIDER;

/** The channel of them all. */
export const FAN_OUT_CHANNEL = "mobilePush" satisfies Channel;

/** The one target of such a notification. */
export type FanOut = {
  kind: FanOutKind;
  /** Topic, condition or channel id. */
  name: string;
  environment?: "production" | "sandbox";
  bundleId?: string;
  /** The channel keeps its last message for devices that are offline. */
  stored?: true;
};

export const FcmTopic = string(z.regex(TOPIC, "must be a topic's name: 1-900 of a-z A-Z 0-9 - _ . ~ %"));

/** Five of the longest topics, with what stands between them. */
const CONDITION_LENGTH = 5_000;
const FcmCondition = string(z.minLength(1), z.maxLength(CONDITION_LENGTH, { abort: true })).check(
  (payload) => {
    const fault = conditionFault(payload.value);
    if (fault !== undefined) payload.issues.push({ code: "custom", message: fault, input: payload.value });
  },
);

/** Apple makes the ids and promises no length. */
export const ApnsChannelId = string(
  z.maxLength(256, { abort: true }),
  z.regex(
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/,
    "must be a channel id as Apple gave it (base64)",
  ),
);

/** Where a channel lives, when it is not where the app's credentials say. */
export const ApnsPlace = {
  bundleId: optional(
    string(z.minLength(1), z.maxLength(155), z.regex(/^[A-Za-z0-9.-]+$/, "must be a bundle id")),
  ),
  environment: optional(z.enum(["production", "sandbox"])),
};

export const FanOutAudiences = [
  strictObject({ fcmTopic: FcmTopic }),
  strictObject({ fcmCondition: FcmCondition }),
  strictObject({
    apnsChannel: ApnsChannelId,
    /** The channel was made to keep its latest message: it is kept until this one expires, eight hours at most. */
    stored: optional(z.boolean()),
    ...ApnsPlace,
  }),
] as const;

export const isFanOutKind = (kind: string): kind is FanOutKind => Object.hasOwn(FAN_OUT_PROVIDER, kind);

export const isFanOut = ({ audience }: { audience: string }): boolean => isFanOutKind(audience);

/** The provider's own audience that is meant, if it is one. */
export function fanOutOf(to: Audience): FanOut | undefined {
  if ("fcmTopic" in to) return { kind: "fcmTopic", name: to.fcmTopic };
  if ("fcmCondition" in to) return { kind: "fcmCondition", name: to.fcmCondition };
  if (!("apnsChannel" in to)) return undefined;
  const { apnsChannel, stored, environment, bundleId } = to;
  return {
    kind: "apnsChannel",
    name: apnsChannel,
    ...(environment && { environment }),
    ...(bundleId && { bundleId }),
    ...(stored && { stored }),
  };
}
