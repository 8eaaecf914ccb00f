import type { WebhookFormat } from "../recipient/address.ts";
import type { ProviderName } from "../words.ts";

type Texts = { title: number; body: number };

/** Characters (code points) that a vendor takes of each text; what is longer is cut there, with an ellipsis. */
export const SHOWN = {
  vivo: { title: 40, body: 100 },
  /** "Less than 50" and "less than 128 characters". */
  mi: { title: 49, body: 127 },
  oppo: { title: 50, body: 128 },
  meizu: { title: 32, body: 100 },
  getui: { title: 50, body: 256 },
} as const satisfies Partial<Record<ProviderName, Texts>>;

/** Characters of a link that a vendor takes; beyond them the app is opened, and has the link in its data. */
export const LINKS = { mi: 800, oppo: 2_000, vivo: 1_024 } as const satisfies Partial<
  Record<ProviderName, number>
>;

/** The same of chat tools' robots, where they count each text. */
export const ROBOT_SHOWN = {
  slack: { title: 150, body: 3_000 },
  discord: { title: 256, body: 4_096 },
  feishu: { title: 200, body: 4_500 },
} as const satisfies Partial<Record<WebhookFormat, Texts>>;

/** Of these robots' messages title, body and link are counted together: in characters, or in bytes of UTF-8. */
export const ROBOT_WHOLE = {
  telegram: { characters: 4_096 },
  dingtalk: { bytes: 13_000 },
  wecom: { bytes: 4_096 },
} as const satisfies Partial<Record<WebhookFormat, { characters: number } | { bytes: number }>>;

/**
 * Bytes that a vendor takes: of the whole message, or of what the app gets beside the texts. What is longer is not
 * sent: the vendor would refuse it.
 */
export const TAKEN = {
  hms: { of: "all", bytes: 4_096 },
  honor: { of: "all", bytes: 4_096 },
  mi: { of: "data", bytes: 4_096 },
  oppo: { of: "data", bytes: 4_000 },
  vivo: { of: "data", bytes: 1_024 },
  getui: { of: "data", bytes: 3_072 },
  jpush: { of: "all", bytes: 4_000 },
  umeng: { of: "all", bytes: 1_840 },
} as const satisfies Partial<Record<ProviderName, { of: "all" | "data"; bytes: number }>>;
