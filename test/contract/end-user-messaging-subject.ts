import { PinpointSMSVoiceV2Client } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { SnsCredentials } from "../../functions/core/credentials/sns.ts";
import { voiceTransport } from "../../functions/providers/sns/end-user-messaging.ts";
import { snsProvider } from "../../functions/providers/sns/sns.ts";
import { role, statement } from "../unit/local/door/deployment.ts";
import { awsBench } from "./aws-bench.ts";
import { type ContractSubject, othersOf, type Row, throttledOf } from "./contract-subject.ts";
import { subject as bySns, newNumber } from "./sns-subject.ts";

const ARN = "arn:aws:sms-voice:us-east-1:000000000000:";
const texter = role("Texter", [statement("Text#0", ["sms-voice:SendTextMessage"], [`${ARN}*`])]);

/** By code alone: what its reasons say has tests of their own. */
const ROWS: Row[] = [
  [
    { status: 400, reason: "ThrottlingException" },
    { kind: "throttled", status: 400, reason: "Throttling", retryAfterMs: 1_000 },
  ],
  [
    { status: 400, reason: "ServiceQuotaExceededException" },
    { kind: "throttled", status: 400, reason: "ServiceQuotaExceeded", retryAfterMs: 3_600_000 },
  ],
  [
    { status: 400, reason: "ConflictException" },
    { kind: "misconfigured", status: 400, reason: "Conflict" },
  ],
  [
    { status: 400, reason: "ResourceNotFoundException" },
    { kind: "misconfigured", status: 400, reason: "ResourceNotFound" },
  ],
  [
    { status: 400, reason: "AccessDeniedException" },
    { kind: "misconfigured", status: 400, reason: "AccessDenied" },
  ],
  [
    { status: 400, reason: "UnrecognizedClientException" },
    { kind: "misconfigured", status: 400, reason: "UnrecognizedClient" },
  ],
  [
    { status: 400, reason: "ValidationException" },
    { kind: "rejected", status: 400, reason: "Validation" },
  ],
  [
    { status: 400, reason: "ValidationException: PhoneNumber is opted out" },
    { kind: "gone", status: 400, reason: "opted_out" },
  ],
  [
    { status: 500, reason: "InternalServerException" },
    { kind: "retry", status: 500, reason: "InternalServer" },
  ],
  [{ status: 503 }, { kind: "retry", status: 503 }],
];

/** The provider `sns` where AWS End User Messaging carries the texts. */
export const subject: ContractSubject = {
  name: "sns",
  title: "sns by End User Messaging",
  most: 1,
  points: {
    ...bySns.points,
    outcomes: othersOf(ROWS),
    partialBatch: ROWS,
    throttling: {
      rows: throttledOf(ROWS),
      noRetryAfter: "End User Messaging counts by the second and by the month, and names no time",
    },
    payloadLimit: { notApplying: "a text that is too long for one message is cut, before its link" },
  },
  open: () =>
    awsBench({
      name: "sns",
      role: texter,
      target: newNumber,
      make(app, config, closeLater) {
        const client = new PinpointSMSVoiceV2Client(config);
        closeLater(() => client.destroy());
        const credentials = SnsCredentials.parse({
          countries: ["+49"],
          carrier: "endUserMessaging",
          originationIdentity: `pool-${app}`,
        });
        const spend = { take: async () => ({ ok: true as const }) };
        const transport = voiceTransport(client, credentials, Date.now);
        return snsProvider({ app, credentials, transport, spend, now: Date.now });
      },
      // All apps send by the account's one role: the pool of numbers is each one's own.
      credential: ({ payload }) => (payload as { senderId: string }).senderId,
    }),
};
