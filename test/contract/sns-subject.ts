import { SNSClient } from "@aws-sdk/client-sns";
import { SnsCredentials } from "../../functions/core/credentials/sns.ts";
import { SNS_VERDICTS } from "../../functions/providers/sns/outcome.ts";
import { snsProvider } from "../../functions/providers/sns/sns.ts";
import { snsTransport } from "../../functions/providers/sns/transport.ts";
import { role, statement } from "../unit/local/door/deployment.ts";
import { awsBench, saidWith400, THROUGH_SDK } from "./aws-bench.ts";
import { type ContractSubject, othersOf, type Row, throttledOf, withEveryWord } from "./contract-subject.ts";
import { target } from "./provider-world.ts";

const texter = role("Texter", [statement("Text#0", ["sns:Publish"], ["*"])]);

let made = 0;
/** A number of its own for each, as the spend and the log tell them apart. */
export const newNumber = () => target({ kind: "phone", token: `+4915${String(++made).padStart(9, "0")}` });

const NUMBER_REFUSED = "Invalid parameter: PhoneNumber Reason: +4915112345678 is not valid to publish to";
const ROWS: Row[] = [
  [
    { status: 400, reason: "OptedOut" },
    { kind: "gone", status: 400, reason: "opted_out" },
  ],
  [
    { status: 400, reason: "InvalidParameter: Invalid parameter: Phone number is opted out" },
    { kind: "gone", status: 400, reason: "opted_out" },
  ],
  [
    { status: 400, reason: `InvalidParameter: ${NUMBER_REFUSED}` },
    { kind: "rejected", status: 400, reason: "invalid_number" },
  ],
  [
    { status: 400, reason: "InvalidParameter: Invalid parameter: Message too long" },
    { kind: "rejected", status: 400, reason: "InvalidParameter" },
  ],
  [
    { status: 400, reason: "ParameterValueInvalid" },
    { kind: "rejected", status: 400, reason: "InvalidParameterValue" },
  ],
  [
    { status: 400, reason: "ValidationException" },
    { kind: "rejected", status: 400, reason: "Validation" },
  ],
  [
    { status: 429, reason: "Throttled: Rate exceeded" },
    { kind: "throttled", status: 429, reason: "Throttled", retryAfterMs: 1_000 },
  ],
  [
    { status: 400, reason: "Throttling: Rate exceeded" },
    { kind: "throttled", status: 400, reason: "Throttling", retryAfterMs: 1_000 },
  ],
  [
    { status: 403, reason: "AuthorizationError" },
    { kind: "misconfigured", status: 403, reason: "AuthorizationError" },
  ],
  [
    { status: 403, reason: "AccessDenied" },
    { kind: "misconfigured", status: 403, reason: "AccessDenied" },
  ],
  [
    { status: 403, reason: "InvalidSecurity" },
    { kind: "misconfigured", status: 403, reason: "InvalidSecurity" },
  ],
  [
    { status: 403, reason: "InvalidClientTokenId" },
    { kind: "misconfigured", status: 403, reason: "InvalidClientTokenId" },
  ],
  [
    { status: 403, reason: "SignatureDoesNotMatch" },
    { kind: "misconfigured", status: 403, reason: "SignatureDoesNotMatch" },
  ],
  [
    { status: 403, reason: "ExpiredToken" },
    { kind: "retry", status: 403, reason: "ExpiredToken" },
  ],
  [
    { status: 500, reason: "InternalError" },
    { kind: "retry", status: 500, reason: "InternalError" },
  ],
  [
    { status: 503, reason: "ServiceUnavailable" },
    { kind: "retry", status: 503, reason: "ServiceUnavailable" },
  ],
  [
    { status: 400, reason: "NeverHeardOf" },
    { kind: "rejected", status: 400, reason: "NeverHeardOf" },
  ],
];

const EVERY = withEveryWord(ROWS, saidWith400(SNS_VERDICTS));

export const subject: ContractSubject = {
  name: "sns",
  most: 1,
  points: {
    ...THROUGH_SDK,
    outcomes: othersOf(EVERY),
    partialBatch: ROWS,
    throttling: {
      rows: throttledOf(EVERY),
      noRetryAfter: "SNS counts by the second, and names no time",
    },
    payloadLimit: { notApplying: "a text that is too long for SNS is cut, before its link" },
  },
  open: () =>
    awsBench({
      name: "sns",
      role: texter,
      target: newNumber,
      make(app, config, closeLater) {
        const client = new SNSClient(config);
        closeLater(() => client.destroy());
        const credentials = SnsCredentials.parse({ countries: ["+49"], senderId: `Shop${app}` });
        const spend = { take: async () => ({ ok: true as const }) };
        const transport = snsTransport(client, Date.now);
        return snsProvider({ app, credentials, transport, spend, now: Date.now });
      },
      // All apps send by the account's one role: the sender's name is each one's own.
      credential: ({ payload }) => (payload as { senderId: string }).senderId,
    }),
};
