import type { ProviderName } from "./words.ts";

/**
 * What a device may hold, each with the provider that takes it and the letter that stands for it in stored devices and
 * in jobs: letters are persisted, so they never change their meaning.
 */
export const TOKEN_KINDS = {
  apns: { provider: "apns", letter: "a" },
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
export const DEVICE_TOKEN_KINDS = ["apns", "fcmToken", "fcmFid", "webpush", ...VENDOR_KINDS] as const;

const BY_LETTER = new Map<string, DeviceTokenKind>(
  DEVICE_TOKEN_KINDS.map((kind) => [TOKEN_KINDS[kind].letter, kind]),
);

export const kindOfLetter = (letter: string): DeviceTokenKind | undefined => BY_LETTER.get(letter);
export const providerOf = (kind: DeviceTokenKind): ProviderName => TOKEN_KINDS[kind].provider;
