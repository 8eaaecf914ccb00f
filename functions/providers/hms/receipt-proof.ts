import { createHmac, timingSafeEqual } from "node:crypto";
import type { VendorProof } from "../../core/receipt/vendor-report.ts";

/** Huawei's advice against replays; a nonce is remembered for as long. */
export const HMS_PROOF_MS = 5 * 60_000;

/**
 * Whether Huawei made the header: base64(HMAC-SHA256(secret, timestamp + nonce + user name)), not long ago. It does not
 * cover the body: a nonce must not be taken for another post.
 */
export function isHmsProof(
  { timestamp, nonce, value }: Extract<VendorProof, { kind: "hms" }>,
  { user, secret }: { user: string; secret: string },
  receivedAtMs: number,
): boolean {
  if (!/^\d{13}$/.test(timestamp) || Math.abs(receivedAtMs - Number(timestamp)) > HMS_PROOF_MS) return false;
  const right = createHmac("sha256", secret).update(`${timestamp}${nonce}${user}`).digest("base64");
  const [a, b] = [Buffer.from(value), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
