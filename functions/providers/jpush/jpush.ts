import type { JpushCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany } from "../../core/dispatch/provider.ts";
import { apart } from "../vendor/apart.ts";
import { vendorClient } from "../vendor/client.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import type { VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { classifier } from "../vendor/verdict.ts";
import { JPUSH_CLASSES, jpushVerdicts } from "./outcome.ts";
import { isTooLong, JPUSH_BATCH, jpushAuthorization, jpushPayload } from "./payload.ts";

const HOSTS = { default: "api.jpush.cn", beijing: "bjapi.push.jiguang.cn" } as const;
const PATH = "/v3/push";
/** Free apps have 600 requests a minute. */
const CONCURRENCY = 4;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** 1003 is said of a registration id as well, and then of the whole request. */
const isOnes = ({ kind, reason }: Outcome): boolean => kind === "rejected" && reason === "1003";

/** JPush (Aurora Mobile): up to 1,000 registration ids a request, one answer for all of them. */
export function jpushProvider(
  options: Pick<VendorOptions<JpushCredentials>, "credentials" | "open" | "now">,
): Provider<SendMany> & { close(): void } {
  const { credentials, open, now } = options;
  const { appKey, masterSecret, region, codes } = credentials;
  const client = vendorClient(HOSTS[region], open);
  const authorization = jpushAuthorization(appKey, masterSecret);
  const classOf = classifier(JPUSH_CLASSES, codes);
  const quota = dayQuota(now);

  const sender = (message: Message): SendMany => {
    const body = jpushPayload(message, credentials);
    if (isTooLong(body)) return allOutcomes(JPUSH_BATCH, TOO_LARGE);
    const many = sendMany({
      client,
      most: JPUSH_BATCH,
      request: (targets) => ({
        path: PATH,
        headers: { authorization },
        body: { json: { ...body, audience: { registration_id: targets.map(({ token }) => token) } } },
      }),
      judge: (answer, targets) => jpushVerdicts(answer, targets, classOf, now()),
    });
    return withinQuota(quota, apart(many, isOnes), (code) => classOf(code) === "quota");
  };

  return {
    name: "jpush",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    prepare: async (message) => sender(message),
  };
}
