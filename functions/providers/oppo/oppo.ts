import type { OppoCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendMany } from "../../core/dispatch/provider.ts";
import { vendorClient } from "../vendor/client.ts";
import type { Json } from "../vendor/content.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, byGroup, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { accessTrial } from "../vendor/trial.ts";
import { classifier } from "../vendor/verdict.ts";
import { oppoAccess } from "./access.ts";
import { OPPO_CLASSES, oppoVerdicts } from "./outcome.ts";
import {
  addressed,
  batchOf,
  isShown,
  OPPO_BATCH,
  oppoForm,
  oppoNotification,
  oppoSizes,
  quotaKind,
} from "./payload.ts";

const HOSTS = { china: "api.push.oppomobile.com", abroad: "api-intl.push.oppomobile.com" } as const;
type Region = keyof typeof HOSTS;
const CONCURRENCY = 8;
const UNICAST = "/server/v1/message/notification/unicast";

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const NO_DATA_MESSAGES: Outcome = { kind: "rejected", reason: "no_data_messages" };

/** Registration ids say where they are from: "id", "CN_id", "OPPO_CN_id"; all others are from abroad. */
export function regionOf(registrationId: string): Region {
  const parts = registrationId.split("_");
  const chinese =
    parts.length === 1 ||
    (parts.length === 2 && parts[0] === "CN") ||
    (parts.length === 3 && parts[1] === "CN");
  return chinese ? "china" : "abroad";
}

/** OPPO Push (also OnePlus and realme), up to 1,000 tokens a request, each region by its own host. */
export function oppoProvider(
  options: VendorOptions<OppoCredentials>,
): Provider<SendMany> & { close(): void } {
  const regions = { china: inRegion("china", options), abroad: inRegion("abroad", options) };
  return {
    name: "oppo",
    concurrency: CONCURRENCY,
    close() {
      regions.china.close();
      regions.abroad.close();
    },
    // The account is one; the regions differ in whom they reach.
    trial: regions.china.trial,
    async prepare(message) {
      if (!isShown(message)) return allOutcomes(OPPO_BATCH, NO_DATA_MESSAGES);
      const notification = oppoNotification(message, options.credentials, receiptWish(options));
      if (isOver(oppoSizes(notification))) return allOutcomes(OPPO_BATCH, TOO_LARGE);
      const senders = {
        china: regions.china.sender(notification),
        abroad: regions.abroad.sender(notification),
      };
      return byGroup(
        senders.china.most,
        ({ token }) => regionOf(token),
        (region) => senders[region],
      );
    },
  };
}

function inRegion(region: Region, options: VendorOptions<OppoCredentials>) {
  const { app, credentials, open, tokens: store, now } = options;
  const client = vendorClient(HOSTS[region], open);
  const access = oppoAccess({ app, region, credentials, client, store, now });
  const classOf = classifier(OPPO_CLASSES, credentials.codes);
  const quotas = {
    public: dayQuota(options, `${region}.public`),
    private: dayQuota(options, `${region}.private`),
  };
  return {
    close: () => client.close(),
    trial: accessTrial(access),
    sender(notification: Json): SendMany {
      const send = sendMany({
        client,
        most: batchOf(notification),
        access,
        request: (targets, token) => ({
          path: targets.length === 1 ? UNICAST : `${UNICAST}_batch`,
          body: {
            form: oppoForm(
              token,
              targets.map((target) => addressed(notification, target)),
            ),
          },
        }),
        judge: (answer, targets) => oppoVerdicts(answer, targets, classOf, now()),
      });
      return withinQuota(quotas[quotaKind(notification)], send, (code) => classOf(code) === "quota");
    },
  };
}
