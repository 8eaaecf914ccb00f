import type { VendorName } from "../core/credentials/vendors.ts";
import {
  isOwnReceiptKey,
  isReceiptProvider,
  type ReceiptsOf,
  receiptPath,
} from "../core/receipt/receipt-path.ts";
import type { VendorPost } from "../core/receipt/vendor-post.ts";
import { ENV } from "../names.ts";
import { findApp } from "./apps.ts";
import { need } from "./env.ts";
import { log } from "./log.ts";
import { ownSecret } from "./own-secrets.ts";

/** Bytes that vendors take of an address that a message carries; others name no limit. */
const LONGEST_URL: Partial<Record<VendorName, number>> = { mi: 128, oppo: 200, vivo: 128, umeng: 256 };

/** The key that receipts' paths are made with. */
export const receiptKey = (): Promise<string> => ownSecret(need(ENV.cursorSecret));

/**
 * Whose receipts a path of ours is for; undefined for every other. Whether the app still has the provider's credentials
 * is the dispatcher's to see.
 */
export async function receiptsOf(
  path: Pick<VendorPost, "app" | "provider" | "key">,
): Promise<ReceiptsOf | undefined> {
  const { app: id, provider, key } = path;
  if (!isReceiptProvider(provider)) return undefined;
  const of = { app: id, provider };
  if (!isOwnReceiptKey(of, key, await receiptKey())) return undefined;
  const app = await findApp(id);
  return app === undefined || app.disabled ? undefined : of;
}

/** The address that messages carry where the vendor takes one so long. */
export async function receiptUrl(app: string, provider: VendorName): Promise<string | undefined> {
  const url = need(ENV.publicUrl) + receiptPath({ app, provider }, await receiptKey());
  const [bytes, most] = [Buffer.byteLength(url), LONGEST_URL[provider] ?? Infinity];
  if (bytes <= most) return url;
  log.warn("the address for receipts is too long for messages: enter it in the vendor's console", {
    app,
    provider,
    bytes,
    most,
  });
  return undefined;
}
