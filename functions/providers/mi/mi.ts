import type { MiCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendMany } from "../../core/dispatch/provider.ts";
import { vendorClient } from "../vendor/client.ts";
import { type DayQuota, dayQuota, withinQuota } from "../vendor/day-quota.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { classifier } from "../vendor/verdict.ts";
import { MI_CLASSES, miVerdicts } from "./outcome.ts";
import { MI_BATCH, miFields, miSizes } from "./payload.ts";

const CONCURRENCY = 8;
/** Quotas are of a channel; an app has a handful, and their names are the operator's. */
const CHANNEL = "extra.channel_id";

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** Apps of the global service live at its host, or at one of the four regions'. */
export function miHost(region: MiCredentials["region"]): string {
  if (region === "cn") return "api.xmpush.xiaomi.com";
  return region === "global" ? "api.xmpush.global.xiaomi.com" : `${region}-api.xmpush.global.xiaomi.com`;
}

/** Mi Push, up to 1,000 tokens a request; the secret goes with every one of them. */
export function miProvider({
  credentials,
  open,
  now,
  days,
  receiptUrl,
}: VendorOptions<MiCredentials>): Provider<SendMany> & { close(): void } {
  const client = vendorClient(miHost(credentials.region), open);
  const classOf = classifier(MI_CLASSES, credentials.codes);
  const quotas = new Map<string, DayQuota>();
  const quotaOf = (channel = ""): DayQuota => {
    const quota = quotas.get(channel) ?? dayQuota({ now, days }, channel);
    quotas.set(channel, quota);
    return quota;
  };
  const sender = (fields: Record<string, string>): SendMany =>
    sendMany({
      client,
      most: MI_BATCH,
      request: (targets) => ({
        path: "/v3/message/regid",
        headers: { authorization: `key=${credentials.appSecret}` },
        body: { form: { registration_id: targets.map(({ token }) => token).join(","), ...fields } },
      }),
      judge: (answer, targets) => miVerdicts(answer, targets, classOf, now()),
    });
  return {
    name: "mi",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    async prepare(message) {
      const fields = miFields(message, credentials, receiptWish({ credentials, receiptUrl }));
      if (isOver(miSizes(fields))) return allOutcomes(MI_BATCH, TOO_LARGE);
      return withinQuota(quotaOf(fields[CHANNEL]), sender(fields), (code) => classOf(code) === "quota");
    },
  };
}
