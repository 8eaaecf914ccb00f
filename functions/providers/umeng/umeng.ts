import type { UmengCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany } from "../../core/dispatch/provider.ts";
import { apart } from "../vendor/apart.ts";
import { vendorClient } from "../vendor/client.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { classifier } from "../vendor/verdict.ts";
import { UMENG_CLASSES, umengVerdicts } from "./outcome.ts";
import { UMENG_BATCH, umengBody, umengPayload, umengSign, umengSizes } from "./payload.ts";

const HOST = "msgapi.umeng.com";
const PATH = "/api/send";
const CONCURRENCY = 4;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** Which of its codes for wrong parts are said of a device token, Umeng's page does not tell. */
const isOnes = ({ kind }: Outcome): boolean => kind === "rejected";

/** Umeng U-Push for Android: up to 500 device tokens a request, one answer for all of them. */
export function umengProvider(
  options: Pick<VendorOptions<UmengCredentials>, "credentials" | "open" | "now" | "receiptUrl">,
): Provider<SendMany> & { close(): void } {
  const { credentials, open, now } = options;
  const { appKey, masterSecret, codes } = credentials;
  const client = vendorClient(HOST, open);
  const classOf = classifier(UMENG_CLASSES, codes);

  const sender = (message: Message): SendMany => {
    const payload = umengPayload(message, credentials, now(), receiptWish(options));
    if (isOver(umengSizes(payload))) return allOutcomes(UMENG_BATCH, TOO_LARGE);
    const many = sendMany({
      client,
      most: UMENG_BATCH,
      request(targets) {
        const tokens = targets.map(({ token }) => token);
        const text = umengBody(payload, { appKey, tokens, nowMs: now() });
        const sign = umengSign(`https://${HOST}${PATH}`, text, masterSecret);
        return { path: `${PATH}?sign=${sign}`, body: { text, type: "application/json;charset=UTF-8" } };
      },
      judge: (answer, targets) => umengVerdicts(answer, targets, classOf, now()),
    });
    return apart(many, isOnes);
  };

  return {
    name: "umeng",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    prepare: async (message) => sender(message),
  };
}
