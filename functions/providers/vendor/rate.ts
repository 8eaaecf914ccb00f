import type { VendorName } from "../../core/credentials/vendors.ts";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";

/**
 * What a vendor takes of an app. The numbers are those of its smallest customers (fact sheets of Aliyun EMAS and
 * Tencent, 2026-05; JPush's of 2019): they rise with an app's users, and the operator says to what (`perSecond`).
 */
type VendorRate = {
  perSecond: number;
  /** Targets of one request, where it counts requests. */
  per?: number;
  /** Counted over so long a time. */
  windowMs?: number;
};

const SECOND_MS = 1_000;

/** Of Getui and Umeng no number is published: their own refusals are the limit. */
const RATES: Partial<Record<VendorName, VendorRate>> = {
  hms: { perSecond: 6_000 },
  honor: { perSecond: 3_000 },
  mi: { perSecond: 500, per: 1_000 },
  oppo: { perSecond: 5_000 },
  vivo: { perSecond: 3_000 },
  meizu: { perSecond: 200, per: 100 },
  jpush: { perSecond: 10, per: 1_000, windowMs: 60_000 },
};

/**
 * A provider's quota by its vendor's rate; undefined where neither the vendor nor the operator names one. By seconds:
 * an app's rate is large enough for it, and a job that waits does not wait long.
 */
export function vendorQuota(
  name: VendorName,
  { perSecond: raised }: { perSecond?: number | undefined },
): ProviderQuota | undefined {
  const rate = RATES[name];
  const perSecond = raised ?? rate?.perSecond;
  if (perSecond === undefined) return undefined;
  const { per, windowMs = SECOND_MS } = rate ?? {};
  const sends = Math.max(1, Math.floor((perSecond * windowMs) / SECOND_MS));
  return { sends, windowMs, of: "app", ...(per !== undefined && { per }) };
}
