import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PinpointSMSVoiceV2Client } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { SnsCredentials } from "../../functions/core/credentials/sns.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import { voiceTransport } from "../../functions/providers/sns/end-user-messaging.ts";
import { snsProvider } from "../../functions/providers/sns/sns.ts";
import { AwsError } from "../../local/door/aws-error.ts";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";
import { contractSuite } from "./contract-suite.ts";
import { subject } from "./end-user-messaging-subject.ts";
import { message, soon, target } from "./provider-suite.ts";

contractSuite(subject);

/** AWS's own client against the local service, and what its answers become. */
const NUMBER = "+4915112345678";
const ARN = "arn:aws:sms-voice:us-east-1:000000000000:";
const texter = role("Texter", [statement("Text#0", ["sms-voice:SendTextMessage"], [`${ARN}*`])]);
const poolOnly = role("PoolOnly", [statement("Text#0", ["sms-voice:SendTextMessage"], [`${ARN}pool/*`])]);

async function open(t: TestContext, credentials: object = {}) {
  const { door } = await openDoor(t, deployment({ roles: [texter, poolOnly] }));
  const given = SnsCredentials.parse({
    countries: ["+49"],
    carrier: "endUserMessaging",
    originationIdentity: "pool-0123",
    ...credentials,
  });
  const send = async (ms = 5_000, token = NUMBER, as = texter): Promise<Outcome> => {
    const client = new PinpointSMSVoiceV2Client({
      ...sdkOptions(door, door.credentialsFor(as.arn)),
      maxAttempts: 1,
    });
    t.after(() => client.destroy());
    const spend = { take: async () => ({ ok: true as const }) };
    const transport = voiceTransport(client, given, Date.now);
    const provider = snsProvider({ app: "a", credentials: given, transport, spend, now: Date.now });
    return (await provider.prepare(message()))(target({ kind: "phone", token }), soon(ms));
  };
  return { door, send };
}

test("an accepted message, as the service reads it", async (t) => {
  const { door, send } = await open(t, { maxPriceUsd: 0.1 });
  const { providerId, ...outcome } = await send();
  assert.deepEqual(outcome, { kind: "accepted", status: 200 });
  assert.match(providerId ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    door.sns.messages.map(({ token, payload }) => [token, payload]),
    [
      [
        NUMBER,
        { body: "Hello\nWorld", senderId: "pool-0123", type: "Transactional", maxPrice: 0.1, parts: 1 },
      ],
    ],
  );
});

test("a number that has opted out is told, unlike by SNS", async (t) => {
  const { door, send } = await open(t);
  door.sns.optOut(NUMBER);
  assert.deepEqual(await send(), { kind: "gone", status: 400, reason: "opted_out" });
});

test("a number outside of the service's pattern is the number's fault", async (t) => {
  const { send } = await open(t, { originationIdentity: "Shop" });
  // E.164 allows it, and the service's model does not judge lengths as we do: it is told to say no.
  assert.deepEqual((await send(5_000, "+4915112345678")).kind, "accepted");
  const { door, send: other } = await open(t);
  door.sns.deliver = async () => {
    throw new AwsError("ValidationException", "Invalid phone number", 400, {
      Reason: "INVALID_PARAMETER",
      Fields: [{ Name: "DestinationPhoneNumber", Message: "Invalid" }],
    });
  };
  assert.deepEqual(await other(), { kind: "rejected", status: 400, reason: "invalid_number" });
});

test("each of its errors becomes its outcome", async (t) => {
  const { door, send } = await open(t);
  const cases: [AwsError, Outcome][] = [
    [
      new AwsError("ThrottlingException", "Rate exceeded"),
      { kind: "throttled", status: 400, reason: "Throttling", retryAfterMs: 1_000 },
    ],
    [
      new AwsError("ServiceQuotaExceededException", "spent", 400, {
        Reason: "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
      }),
      { kind: "throttled", status: 400, reason: "ServiceQuotaExceeded", retryAfterMs: 3_600_000 },
    ],
    [
      new AwsError("ConflictException", "no", 400, {
        Reason: "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
      }),
      { kind: "rejected", status: 400, reason: "CountryBlocked" },
    ],
    [
      new AwsError("ConflictException", "no", 400, { Reason: "NO_ORIGINATION_IDENTITIES_FOUND" }),
      { kind: "misconfigured", status: 400, reason: "Conflict" },
    ],
    [
      new AwsError("ResourceNotFoundException", "no pool", 400, { ResourceType: "pool" }),
      { kind: "misconfigured", status: 400, reason: "ResourceNotFound" },
    ],
    [
      new AwsError("AccessDeniedException", "no", 400, { Reason: "ACCOUNT_DISABLED" }),
      { kind: "misconfigured", status: 400, reason: "AccessDenied" },
    ],
    [
      new AwsError("ValidationException", "too long", 400, {
        Reason: "INVALID_PARAMETER",
        Fields: [{ Name: "MessageBody", Message: "too long" }, null],
      }),
      { kind: "rejected", status: 400, reason: "Validation" },
    ],
    [
      new AwsError("InternalServerException", "sorry", 500),
      { kind: "retry", status: 500, reason: "InternalServer" },
    ],
  ];
  for (const [told, expected] of cases) {
    let asked = 0;
    door.sns.deliver = async () => {
      asked++;
      throw told;
    };
    assert.deepEqual(await send(), expected);
    assert.equal(asked, 1, "asked once: the ledger owns the retries");
  }
});

test("the right to send is one to an identity of the account", async (t) => {
  const { send } = await open(t);
  assert.equal((await send(5_000, NUMBER, poolOnly)).kind, "accepted");
  const { send: sendAs } = await open(t, { originationIdentity: "Shop" });
  assert.deepEqual(await sendAs(5_000, NUMBER, poolOnly), {
    kind: "misconfigured",
    status: 403,
    reason: "AccessDenied",
  });
});
