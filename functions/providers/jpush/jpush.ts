import type { JpushCredentials } from "../../core/credentials/vendors.ts";
import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendMany, Target } from "../../core/dispatch/provider.ts";
import { withoutAnswer } from "../transport/reply.ts";
import { apart } from "../vendor/apart.ts";
import { vendorClient } from "../vendor/client.ts";
import { dayQuota, withinQuota } from "../vendor/day-quota.ts";
import { receiptWish, type VendorOptions } from "../vendor/options.ts";
import { allOutcomes, sendMany } from "../vendor/send-many.ts";
import { isOver } from "../vendor/size.ts";
import { classifier, outcomeOf } from "../vendor/verdict.ts";
import { JPUSH_CLASSES, jpushVerdicts } from "./outcome.ts";
import { JPUSH_BATCH, jpushAuthorization, jpushPayload, jpushSizes } from "./payload.ts";

const HOSTS = { default: "api.jpush.cn", beijing: "bjapi.push.jiguang.cn" } as const;
const PATH = "/v3/push";
/** Free apps have 600 requests a minute. */
const CONCURRENCY = 4;

/** Nobody: for judging an answer as a whole. */
const TRIAL_TARGETS: Target[] = [{ user: "", device: "", kind: "jpush", token: "", messageId: "" }];

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** 1003 is said of a registration id as well, and then of the whole request. */
const isOnes = ({ kind, reason }: Outcome): boolean => kind === "rejected" && reason === "1003";

/** JPush (Aurora Mobile): up to 1,000 registration ids a request, one answer for all of them. */
export function jpushProvider(
  options: Pick<VendorOptions<JpushCredentials>, "credentials" | "open" | "now" | "days" | "receiptUrl">,
): Provider<SendMany> & { close(): void } {
  const { credentials, open, now } = options;
  const { appKey, masterSecret, region, codes } = credentials;
  const client = vendorClient(HOSTS[region], open);
  const authorization = jpushAuthorization(appKey, masterSecret);
  const classOf = classifier(JPUSH_CLASSES, codes);
  const quota = dayQuota(options);

  const sender = (message: Message): SendMany => {
    const body = jpushPayload(message, credentials, receiptWish(options));
    if (isOver(jpushSizes(body))) return allOutcomes(JPUSH_BATCH, TOO_LARGE);
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

  /** The same message as would be sent, to nobody that exists: JPush judges it and sends nothing. */
  async function trial(deadlineMs: number): Promise<Outcome> {
    const body = {
      platform: "all",
      audience: { registration_id: ["0".repeat(19)] },
      notification: { alert: "-" },
    };
    const reply = await client.post(
      { path: `${PATH}/validate`, headers: { authorization }, body: { json: body } },
      deadlineMs,
    );
    if (reply.kind !== "answer") return withoutAnswer(reply);
    const [verdict] = jpushVerdicts(reply, TRIAL_TARGETS, classOf, now());
    const outcome = outcomeOf(verdict!, reply.status);
    // What it says of the message or of its receiver, it says to those it knows.
    return outcome.kind === "rejected" || outcome.kind === "gone" ? accepted() : outcome;
  }

  return {
    name: "jpush",
    concurrency: CONCURRENCY,
    close: () => client.close(),
    trial,
    prepare: async (message) => sender(message),
  };
}
