/** What of a message a vendor measures: all of it, what the app gets beside the texts, or what one platform gets. */
export const PARTS = ["message", "data", "android", "ios", "harmony"] as const;
export type Part = (typeof PARTS)[number];

/** A measured part of a message: how much of it there is, and how much its vendor takes. */
export type Size = { part: Part; has: number; most: number; unit: "bytes" | "characters" };

/** Whether the vendor would refuse the message for it. */
export const isOver = (sizes: readonly Size[]): boolean => sizes.some(({ has, most }) => has > most);

/** Bytes of JSON in UTF-8, as it is sent; nothing has none. */
export const jsonBytes = (value: unknown): number =>
  value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
