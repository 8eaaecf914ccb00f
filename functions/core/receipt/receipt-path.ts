import { createHmac, timingSafeEqual } from "node:crypto";
import type { VendorName } from "../credentials/vendors.ts";
import { type ProviderName, TAKES_MANY } from "../words.ts";

/** Whose receipts a vendor posts. */
export type ReceiptsOf = { app: string; provider: VendorName };

/** The vendors that post receipts: those that take many targets a request. */
export const isReceiptProvider = (provider: string): provider is VendorName =>
  TAKES_MANY.has(provider as ProviderName);

const keyOf = ({ app, provider }: ReceiptsOf, secret: string): string =>
  createHmac("sha256", secret)
    .update(`receipts\0${app}\0${provider}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");

/** Path of the address that a vendor posts to; who knows it may speak for the vendor. It holds until the key is rotated. */
export const receiptPath = (of: ReceiptsOf, secret: string): string =>
  `/v1/public/apps/${of.app}/receipts/${of.provider}/${keyOf(of, secret)}`;

/** Whether we made the path that a request came by. */
export function isOwnReceiptKey(of: ReceiptsOf, given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(keyOf(of, secret))];
  return a.length === b.length && timingSafeEqual(a, b);
}
