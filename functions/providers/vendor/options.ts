import type { OpenSocket } from "../transport/reply.ts";
import type { TokenStore } from "../transport/shared-token.ts";
import type { DayStore } from "./day-quota.ts";

/** What a message asks its vendor for: receipts that name the notification, at this address or the console's. */
export type ReceiptWish = { url?: string | undefined };

/** What the messages of an app ask for; nothing, unless its credentials say so. */
export const receiptWish = ({
  credentials,
  receiptUrl,
}: {
  credentials: { receipts?: boolean | undefined };
  receiptUrl?: (() => string | undefined) | undefined;
}): ReceiptWish | undefined => (credentials.receipts ? { url: receiptUrl?.() } : undefined);

/** What every vendor's provider is made of. */
export type VendorOptions<Credentials> = {
  app: string;
  credentials: Credentials;
  open: OpenSocket;
  /** Where access tokens are shared. */
  tokens: TokenStore;
  /** Where it is shared that a quota of the day is used up; without it each environment finds out by itself. */
  days?: DayStore | undefined;
  /** Where the vendor posts receipts, as of now, for vendors that take the address with each message. */
  receiptUrl?: (() => string | undefined) | undefined;
  now(): number;
};
