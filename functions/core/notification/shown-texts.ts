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

/** The same of chat tools' robots, where they count characters. DingTalk and WeCom count bytes of the whole. */
export const ROBOT_SHOWN = {
  slack: { title: 150, body: 3_000 },
  discord: { title: 256, body: 4_096 },
  feishu: { title: 200, body: 4_500 },
} as const satisfies Partial<Record<WebhookFormat, Texts>>;

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
