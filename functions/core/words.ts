/** The field's words, once: every schema, key, metric and page takes them from here. */
export const CHANNELS = ["mobilePush", "webPush", "inApp", "email", "sms", "webhook"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Plan rows persist the place in this list: it may only grow at its end. */
export const PROVIDERS = [
  "apns",
  "fcm",
  "webpush",
  "websocket",
  "hms",
  "honor",
  "mi",
  "oppo",
  "vivo",
  "meizu",
  "jpush",
  "getui",
  "umeng",
  "ses",
  "sns",
  "webhook",
] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const PLATFORMS = ["ios", "android", "harmony", "web", "desktop"] as const;
export type Platform = (typeof PLATFORMS)[number];

export const STATES = [
  "scheduled",
  "accepted",
  "planning",
  "sending",
  "paused",
  "completed",
  "cancelled",
  "expired",
  "failed",
] as const;
export type NotificationState = (typeof STATES)[number];

/** States in which nothing more will be sent. */
export const FINAL_STATES: readonly NotificationState[] = ["completed", "cancelled", "expired", "failed"];

/** Roads to a phone. */
export const HANDSET_PROVIDERS = [
  "apns",
  "fcm",
  "hms",
  "honor",
  "mi",
  "oppo",
  "vivo",
  "meizu",
  "jpush",
  "getui",
  "umeng",
] as const satisfies readonly ProviderName[];

/** Providers that take many targets in one request. */
export const TAKES_MANY: ReadonlySet<ProviderName> = new Set(
  HANDSET_PROVIDERS.filter((provider) => provider !== "apns" && provider !== "fcm"),
);

/** Providers that know no id against repetition: what got no answer is not sent again, whatever its category says. */
export const NEVER_REPEATED: ReadonlySet<ProviderName> = new Set(["jpush", "meizu", "umeng"]);

/** Providers at whose end a repetition stands beside the first message: nothing takes its place. */
export const REPETITION_STANDS: ReadonlySet<ProviderName> = new Set(["ses", "sns"]);

/** The channel that a provider's messages travel on. */
export const CHANNEL_OF: Record<ProviderName, Channel> = {
  apns: "mobilePush",
  fcm: "mobilePush",
  webpush: "webPush",
  websocket: "inApp",
  hms: "mobilePush",
  honor: "mobilePush",
  mi: "mobilePush",
  oppo: "mobilePush",
  vivo: "mobilePush",
  meizu: "mobilePush",
  jpush: "mobilePush",
  getui: "mobilePush",
  umeng: "mobilePush",
  ses: "email",
  sns: "sms",
  webhook: "webhook",
};
