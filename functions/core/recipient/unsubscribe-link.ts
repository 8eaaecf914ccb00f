import { createHmac, timingSafeEqual } from "node:crypto";

/** Whom a click on "unsubscribe" is for, and from what. */
export type Unsubscribing = { app: string; user: string; category: string };

const signature = ({ app, user, category }: Unsubscribing, secret: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["unsubscribe", app, user, category]))
    .digest()
    .subarray(0, 16)
    .toString("base64url");

/** Path of the address that a mail program posts to. It holds until the key is rotated: mails are kept for years. */
export const unsubscribePath = (who: Unsubscribing, secret: string): string =>
  ["", "v1", "public", "apps", who.app, "unsubscribe", who.user, who.category, signature(who, secret)]
    .map(encodeURIComponent)
    .join("/");

/** Whether we wrote the link: nobody can switch off what another person wants. */
export function isOwnLink(who: Unsubscribing, given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(signature(who, secret))];
  return a.length === b.length && timingSafeEqual(a, b);
}
