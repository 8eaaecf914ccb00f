import type { Device, Token } from "../recipient/device.ts";
import { APPLE_OTHER_KINDS, providerOf } from "../token-kinds.ts";
import type { ProviderName } from "../words.ts";

/**
 * Order of the roads to a handset: the phone's own vendor, then FCM, then aggregators, which reach the vendors on
 * their part. Installation ids before registration tokens, which FCM is retiring; HarmonyOS' new interface before the
 * old one.
 */
const ORDER: readonly Token["kind"][] = [
  "apns",
  ...APPLE_OTHER_KINDS,
  "hmsNext",
  "hms",
  "honor",
  "mi",
  "oppo",
  "vivo",
  "meizu",
  "fcmFid",
  "fcmToken",
  "jpush",
  "getui",
  "umeng",
  "webpush",
];

/** Brands as phones tell them (Build.BRAND), in small letters. */
const VENDOR_OF: Record<string, ProviderName> = {
  huawei: "hms",
  honor: "honor",
  xiaomi: "mi",
  redmi: "mi",
  poco: "mi",
  oppo: "oppo",
  oneplus: "oppo",
  realme: "oppo",
  vivo: "vivo",
  iqoo: "vivo",
  meizu: "meizu",
};

/**
 * The tokens of a device, the best road first. `roads` is the app's own order of providers; those that it does not name
 * come behind, in the usual order.
 */
export function inOrder(
  tokens: readonly Token[],
  { brand }: Pick<Device, "brand">,
  roads: readonly ProviderName[] = [],
): readonly Token[] {
  const vendor = brand === undefined ? undefined : VENDOR_OF[brand.toLowerCase()];
  /** The app's order first, then the maker's own, then all others; in each of these the usual order. */
  const rank = ({ kind }: Token): [number, number] => {
    const provider = providerOf(kind);
    const wanted = roads.indexOf(provider);
    const tier = wanted >= 0 ? wanted - roads.length - 1 : provider === vendor ? -1 : 0;
    return [tier, ORDER.indexOf(kind)];
  };
  const byRank = (a: Token, b: Token): number => {
    const [[tierA, orderA], [tierB, orderB]] = [rank(a), rank(b)];
    return tierA - tierB || orderA - orderB;
  };
  return tokens.length < 2 ? tokens : tokens.toSorted(byRank);
}
