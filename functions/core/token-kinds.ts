import type { ProviderName } from "./words.ts";

/**
 * What a device may hold, each with the provider that takes it and the letter that stands for it in stored devices and
 * in jobs: letters are persisted, so they never change their meaning.
 */
export const TOKEN_KINDS = {
  apns: { provider: "apns", letter: "a" },
  /** Starts Live Activities (push-to-start). */
  apnsStart: { provider: "apns", letter: "b" },
  /** Updates and ends one running Live Activity. */
  apnsActivity: { provider: "apns", letter: "l" },
  /** Of PushKit, location pushes, widgets …: each of these frameworks hands out a token of its own. */
  apnsTyped: { provider: "apns", letter: "t" },
  fcmToken: { provider: "fcm", letter: "f" },
  fcmFid: { provider: "fcm", letter: "i" },
  webpush: { provider: "webpush", letter: "w" },
  /** HarmonyOS up to 4 and EMUI. */
  hms: { provider: "hms", letter: "h" },
  /** HarmonyOS 5 and later, which has an interface of its own. */
  hmsNext: { provider: "hms", letter: "n" },
  honor: { provider: "honor", letter: "o" },
  mi: { provider: "mi", letter: "x" },
  oppo: { provider: "oppo", letter: "p" },
  vivo: { provider: "vivo", letter: "v" },
  meizu: { provider: "meizu", letter: "m" },
  jpush: { provider: "jpush", letter: "j" },
  getui: { provider: "getui", letter: "g" },
  umeng: { provider: "umeng", letter: "u" },
} as const satisfies Record<string, { provider: ProviderName; letter: string }>;

export type DeviceTokenKind = keyof typeof TOKEN_KINDS;

/** Registration tokens of the Chinese vendors and aggregators, all of one shape. */
export const VENDOR_KINDS = [
  "hms",
  "hmsNext",
  "honor",
  "mi",
  "oppo",
  "vivo",
  "meizu",
  "jpush",
  "getui",
  "umeng",
] as const satisfies readonly DeviceTokenKind[];
/** Beside the ordinary kind: an app has each of them for one purpose, and nothing else is sent to them. */
export const APPLE_OTHER_KINDS = [
  "apnsStart",
  "apnsActivity",
  "apnsTyped",
] as const satisfies readonly DeviceTokenKind[];
/** Push types whose framework hands out tokens of its own. */
export const APPLE_TOKEN_TYPES = [
  "voip",
  "complication",
  "fileprovider",
  "location",
  "pushtotalk",
  "widgets",
  "controls",
] as const;
export type AppleTokenType = (typeof APPLE_TOKEN_TYPES)[number];

export const DEVICE_TOKEN_KINDS = [
  "apns",
  ...APPLE_OTHER_KINDS,
  "fcmToken",
  "fcmFid",
  "webpush",
  ...VENDOR_KINDS,
] as const;

const BY_LETTER = new Map<string, DeviceTokenKind>(
  DEVICE_TOKEN_KINDS.map((kind) => [TOKEN_KINDS[kind].letter, kind]),
);

export const kindOfLetter = (letter: string): DeviceTokenKind | undefined => BY_LETTER.get(letter);
export const providerOf = (kind: DeviceTokenKind): ProviderName => TOKEN_KINDS[kind].provider;

/** Which of Apple's tokens a notification is for, where that is not a device's ordinary one. */
export type AppleRoad =
  | { kind: "apnsStart" }
  | { kind: "apnsActivity"; activity: string }
  | { kind: "apnsTyped"; pushType: AppleTokenType };

/** What a token was registered for. */
export type TokenPurpose = { kind: DeviceTokenKind; activity?: string; pushType?: AppleTokenType };

/**
 * Whether a notification may go to a token. Live Activities are Apple's alone; of other push types (a call) handsets of
 * other makers hear by their ordinary tokens.
 */
export function suits({ kind, activity, pushType }: TokenPurpose, road: AppleRoad | undefined): boolean {
  const { provider } = TOKEN_KINDS[kind];
  if (road === undefined) return provider !== "apns" || kind === "apns";
  if (provider !== "apns") return road.kind === "apnsTyped";
  if (road.kind !== kind) return false;
  if (road.kind === "apnsActivity") return road.activity === activity;
  return road.kind === "apnsStart" || road.pushType === pushType;
}

const roadName = (road: AppleRoad | undefined): string =>
  [road?.kind, road && "activity" in road && road.activity, road && "pushType" in road && road.pushType].join(
    "#",
  );

export const isSameRoad = (one: AppleRoad | undefined, other: AppleRoad | undefined): boolean =>
  roadName(one) === roadName(other);
