import type { MeizuCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany } from "../../core/dispatch/provider.ts";
import { vendorClient } from "../vendor/client.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { classifier } from "../vendor/verdict.ts";
import { MEIZU_CLASSES, MEIZU_DEVICE_CLASSES, meizuVerdicts } from "./outcome.ts";
import { isShown, MEIZU_BATCH, meizuPayload, meizuSign } from "./payload.ts";

const HOST = "server-api-push.meizu.com";
const PATH = "/garcia/api/server/push/varnished/pushByPushId";
const CONCURRENCY = 4;

const NOTHING_TO_SHOW: Outcome = { kind: "rejected", reason: "nothing_to_show" };

/** Meizu (Flyme) Push: notifications for up to 100 devices a request, each signed with the app's secret. */
export function meizuProvider(
  options: Pick<VendorOptions<MeizuCredentials>, "credentials" | "open" | "now" | "days" | "receiptUrl">,
): Provider<SendMany> & { close(): void } {
  const { credentials, open, now } = options;
  const { appId, appSecret, codes } = credentials;
  const client = vendorClient(HOST, open);
  const classOf = {
    request: classifier(MEIZU_CLASSES, codes),
    device: classifier(MEIZU_DEVICE_CLASSES, codes),
  };
  const quota = dayQuota(options);

  const sender = (message: Message): SendMany => {
    if (!isShown(message)) return allOutcomes(MEIZU_BATCH, NOTHING_TO_SHOW);
    const messageJson = JSON.stringify(meizuPayload(message, credentials, receiptWish(options)));
    const many = sendMany({
      client,
      most: MEIZU_BATCH,
      request(targets) {
        const fields = { appId, pushIds: targets.map(({ token }) => token).join(","), messageJson };
        return { path: PATH, body: { form: { ...fields, sign: meizuSign(fields, appSecret) } } };
      },
      judge: (answer, targets) => meizuVerdicts(answer, targets, classOf, now()),
    });
    return withinQuota(quota, many, (code) => classOf.request(code) === "quota");
  };

  return {
    name: "meizu",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    prepare: async (message) => sender(message),
  };
}
