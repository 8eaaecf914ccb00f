import { SESClient } from "@aws-sdk/client-ses";
import type { SesCredentials } from "../../functions/core/credentials/ses.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import { SES_VERDICTS } from "../../functions/providers/ses/outcome.ts";
import { sendQuota } from "../../functions/providers/ses/quota.ts";
import { sesProvider } from "../../functions/providers/ses/ses.ts";
import { role, statement } from "../unit/local/door/deployment.ts";
import { awsBench, saidWith400, THROUGH_SDK } from "./aws-bench.ts";
import {
  type ContractSubject,
  othersOf,
  type Row,
  type Told,
  throttledOf,
  withEveryWord,
} from "./contract-subject.ts";
import { target } from "./provider-world.ts";

const ARN = "arn:aws:ses:us-east-1:000000000000";
export const sender = role("Dispatch", [
  statement("Mail#0", ["ses:SendRawEmail"], [`${ARN}:identity/*`, `${ARN}:configuration-set/*`]),
]);
export const CREDENTIALS: SesCredentials = {
  from: "shop@example.com",
  fromName: "Shop",
  configurationSet: "events",
};

let made = 0;
export const newTarget = () =>
  target({ kind: "email", device: "~email", token: `user${++made}@example.org` });

const unverified =
  "MessageRejected: Email address is not verified. The following identities failed the check";
const CASES: [Told, Partial<Outcome>][] = [
  [{ reason: "MessageRejected" }, { kind: "rejected", reason: "MessageRejected" }],
  [{ reason: unverified }, { kind: "misconfigured", reason: "identity_not_verified" }],
  [{ reason: "MailFromDomainNotVerifiedException" }, { kind: "misconfigured" }],
  [
    { reason: "ConfigurationSetDoesNotExist" },
    { kind: "misconfigured", reason: "ConfigurationSetDoesNotExistException" },
  ],
  [{ reason: "ConfigurationSetSendingPausedException" }, { kind: "misconfigured" }],
  [{ reason: "AccountSendingPausedException" }, { kind: "misconfigured" }],
  [
    { status: 403, reason: "AccessDenied" },
    { kind: "misconfigured", reason: "AccessDenied" },
  ],
  [{ status: 403, reason: "InvalidClientTokenId" }, { kind: "misconfigured" }],
  [
    { status: 403, reason: "ExpiredToken" },
    { kind: "retry", reason: "ExpiredToken" },
  ],
  [{ reason: "InvalidParameterValue" }, { kind: "rejected", reason: "InvalidParameterValue" }],
  [{ reason: "NeverHeardOf" }, { kind: "rejected", reason: "NeverHeardOf" }],
  [{ reason: "Throttling" }, { kind: "throttled", retryAfterMs: 1_000 }],
  [
    { reason: "Throttling: Daily message quota exceeded." },
    { kind: "throttled", retryAfterMs: 3_600_000, reason: "daily_quota_exceeded" },
  ],
  [
    { status: 500, reason: "InternalFailure" },
    { kind: "retry", reason: "InternalFailure" },
  ],
  [
    { status: 503, reason: "ServiceUnavailable" },
    { kind: "retry", reason: "ServiceUnavailable" },
  ],
];
/** SES says most of what it says with 400. */
const ROWS = CASES.map(([told, expected]): Row => {
  const { status = 400 } = told;
  return [
    { ...told, status },
    { status, ...expected },
  ];
});

const EVERY = withEveryWord(ROWS, saidWith400(SES_VERDICTS));

export const subject: ContractSubject = {
  name: "ses",
  most: 1,
  points: {
    ...THROUGH_SDK,
    outcomes: othersOf(EVERY),
    partialBatch: ROWS,
    throttling: {
      rows: throttledOf(EVERY),
      noRetryAfter: "SES counts by the second and by 24 hours, and names no time",
    },
    // The limits of the content's schema keep texts far below this; the mail as a whole is measured all the same.
    payloadLimit: { over: { content: { title: "T", email: { html: "好".repeat(2_600_000) } } } },
  },
  open: () =>
    awsBench({
      name: "ses",
      role: sender,
      target: newTarget,
      make(app, config, closeLater) {
        const client = new SESClient(config);
        closeLater(() => client.destroy());
        return sesProvider({
          credentials: { ...CREDENTIALS, from: `shop@${app}.example` },
          client,
          quota: sendQuota(client, Date.now),
          open: () => {
            throw new Error("nothing is fetched here");
          },
          unsubscribeUrl: () => undefined,
          now: Date.now,
        });
      },
      // All apps send by the account's one role: the identity that mail comes from is each one's own.
      credential: ({ payload }) => (payload as { from: string }).from,
    }),
};
