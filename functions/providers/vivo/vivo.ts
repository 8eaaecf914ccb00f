import type { VivoCredentials } from "../../core/credentials/vendors.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendMany } from "../../core/dispatch/provider.ts";
import type { SharedToken } from "../transport/shared-token.ts";
import { type VendorClient, vendorClient } from "../vendor/client.ts";
import { type Json, requestId } from "../vendor/content.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import { untilOpenMs } from "../vendor/open-hours.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { accessTrial } from "../vendor/trial.ts";
import { classifier } from "../vendor/verdict.ts";
import { vivoAccess } from "./access.ts";
import { listSender } from "./list.ts";
import { CLOSED, DAYTIME, VIVO_CLASSES, vivoVerdicts } from "./outcome.ts";
import { isOperations, isShown, VIVO_BATCH, vivoPayload, vivoSizes } from "./payload.ts";

export type VivoParts = {
  credentials: VivoCredentials;
  client: VendorClient;
  access: SharedToken;
  classOf: ReturnType<typeof classifier>;
  now(): number;
};

const VIVO_HOST = "api-push.vivo.com.cn";
const CONCURRENCY = 8;

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const NO_DATA_MESSAGES: Outcome = { kind: "rejected", reason: "no_data_messages" };

/** vivo Push (also iQOO): a target alone by /send, more of them as a list of up to 1,000. */
export function vivoProvider(
  options: VendorOptions<VivoCredentials>,
): Provider<SendMany> & { close(): void } {
  const { app, credentials, open, tokens: store, now } = options;
  const client = vendorClient(credentials.host ?? VIVO_HOST, open);
  const access = vivoAccess({ app, credentials, client, store, now });
  const classOf = classifier(VIVO_CLASSES, credentials.codes);
  const parts: VivoParts = { credentials, client, access, classOf, now };
  const quotas = { operations: dayQuota(options, "operations"), system: dayQuota(options, "system") };
  return {
    name: "vivo",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    trial: accessTrial(access),
    async prepare(message) {
      if (!isShown(message)) return allOutcomes(VIVO_BATCH, NO_DATA_MESSAGES);
      const body = vivoPayload(message, credentials, receiptWish(options));
      if (isOver(vivoSizes(body))) return allOutcomes(VIVO_BATCH, TOO_LARGE);
      const quota = isOperations(body) ? quotas.operations : quotas.system;
      const within = withinQuota(quota, byCount(parts, body), (code) => classOf(code) === "quota");
      return isOperations(body) ? inDaytime(within, now) : within;
    },
  };
}

function byCount(parts: VivoParts, body: Json): SendMany {
  const [one, list] = [singleSender(parts, body), listSender(parts, body)];
  return {
    most: VIVO_BATCH,
    send: (targets, call) => (targets.length === 1 ? one : list).send(targets, call),
  };
}

function singleSender({ client, access, classOf, credentials, now }: VivoParts, body: Json): SendMany {
  return sendMany({
    client,
    most: 1,
    access,
    request: (targets, token) => ({
      path: "/message/send",
      headers: { authToken: token },
      body: {
        json: {
          ...body,
          appId: Number(credentials.appId),
          regId: targets[0]?.token,
          requestId: requestId(targets),
        },
      },
    }),
    judge: (answer, targets) => vivoVerdicts(answer, targets, { classOf, nowMs: now() }),
  });
}

/** vivo refuses operations messages at night: they wait for the morning without asking. */
const inDaytime = (sender: SendMany, now: () => number): SendMany => ({
  most: sender.most,
  async send(targets, call) {
    const waitMs = untilOpenMs(now(), DAYTIME);
    if (waitMs === 0) return sender.send(targets, call);
    return targets.map(() => ({ kind: "throttled", retryAfterMs: waitMs, reason: CLOSED }));
  },
});
