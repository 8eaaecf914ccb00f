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
