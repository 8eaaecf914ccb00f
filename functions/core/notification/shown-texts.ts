import type { ProviderName } from "../words.ts";

/** Characters (code points) that a vendor takes of each text; what is longer is cut there, with an ellipsis. */
export const SHOWN = {
  vivo: { title: 40, body: 100 },
  /** "Less than 50" and "less than 128 characters". */
  mi: { title: 49, body: 127 },
  oppo: { title: 50, body: 128 },
  meizu: { title: 32, body: 100 },
  getui: { title: 50, body: 256 },
} as const satisfies Partial<Record<ProviderName, { title: number; body: number }>>;
