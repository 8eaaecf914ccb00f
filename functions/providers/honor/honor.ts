import type { HonorCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendMany } from "../../core/dispatch/provider.ts";
import { vendorClient } from "../vendor/client.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import type { VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { accessTrial } from "../vendor/trial.ts";
import { classifier } from "../vendor/verdict.ts";
import { honorAccess } from "./access.ts";
import { HONOR_CLASSES, honorVerdicts } from "./outcome.ts";
import { HONOR_BATCH, honorPayload, honorSizes } from "./payload.ts";

const HONOR_HOST = "push-api.cloud.honor.com";
const HONOR_OAUTH_HOST = "iam.developer.honor.com";
const CONCURRENCY = 8;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** Honor Push, up to 1,000 tokens a request. */
export function honorProvider(
  options: VendorOptions<HonorCredentials>,
): Provider<SendMany> & { close(): void } {
  const { app, credentials, open, tokens: store, now } = options;
  const client = vendorClient(HONOR_HOST, open);
  const oauthClient = vendorClient(HONOR_OAUTH_HOST, open);
  const access = honorAccess({ app, credentials, client: oauthClient, store, now });
  const classOf = classifier(HONOR_CLASSES, credentials.codes);
  const quota = dayQuota(options);
  const sender = (body: object): SendMany =>
    sendMany({
      client,
      most: HONOR_BATCH,
      access,
      request: (targets, token) => ({
        path: `/api/v1/${credentials.appId}/sendMessage`,
        headers: { authorization: `Bearer ${token}`, timestamp: String(now()) },
        body: { json: { ...body, token: targets.map((target) => target.token) } },
      }),
      judge: (answer, targets) => honorVerdicts(answer, targets, classOf, now()),
    });
  return {
    name: "honor",
    concurrency: CONCURRENCY,
    close() {
      client.close();
      oauthClient.close();
    },
    trial: accessTrial(access),
    async prepare(message) {
      const body = honorPayload(message, credentials);
      if (isOver(honorSizes(body))) return allOutcomes(HONOR_BATCH, TOO_LARGE);
      return withinQuota(quota, sender(body), (code) => classOf(code) === "quota");
    },
  };
}
