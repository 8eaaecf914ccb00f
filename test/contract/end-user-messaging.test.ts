import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { SnsCredentials } from "../../functions/core/credentials/sns.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import { voiceTransport } from "../../functions/providers/sns/end-user-messaging.ts";
import { snsProvider } from "../../functions/providers/sns/sns.ts";
import { simulatorIn, voiceTrial } from "../../functions/providers/sns/voice-trial.ts";
import { AwsError } from "../../local/door/aws-error.ts";
import type { Taken } from "../../local/sns/sns.ts";
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
  const send = async (
    ms = 5_000,
    token = NUMBER,
    as = texter,
    { user = "u", ...of }: { user?: string; app?: string; notificationId?: string } = {},
  ): Promise<Outcome> => {
    const client = new PinpointSMSVoiceV2Client({
      ...sdkOptions(door, door.credentialsFor(as.arn)),
      maxAttempts: 1,
    });
    t.after(() => client.destroy());
    const spend = { take: async () => ({ ok: true as const }) };
    const transport = voiceTransport(client, given, Date.now);
    const provider = snsProvider({ app: "a", credentials: given, transport, spend, now: Date.now });
    return (await provider.prepare(message(of)))(target({ kind: "phone", token, user }), soon(ms));
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

test("with a configuration set a message says whose it is, in characters that the service takes; without one nothing", async (t) => {
  const taken: Taken[] = [];
  const ids = { app: "a", notificationId: "n".repeat(128), user: "ann:1~x@y.z+w-_" };
  for (const credentials of [{ configurationSet: "texts" }, {}]) {
    const { door, send } = await open(t, credentials);
    door.sns.onTaken((one) => taken.push(one));
    assert.equal((await send(5_000, NUMBER, texter, ids)).kind, "accepted");
  }
  const context = { app: ids.app, notification: ids.notificationId, user: ids.user };
  assert.deepEqual(
    taken.map(({ set }) => set),
    [{ name: "texts", context }, undefined],
  );
});

test("what the service's model refuses in a context or a configuration set's name", async (t) => {
  const { door } = await open(t);
  const client = new PinpointSMSVoiceV2Client(sdkOptions(door));
  t.after(() => client.destroy());
  const send = (more: object) =>
    client.send(
      new SendTextMessageCommand({
        DestinationPhoneNumber: NUMBER,
        MessageBody: "Hello",
        MessageType: "TRANSACTIONAL",
        OriginationIdentity: "pool-0123",
        ...more,
      }),
    );
  for (const Context of [
    { "a key": "x" },
    { key: " x" },
    { key: "x".repeat(801) },
    Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`k${n}`, "x"])),
  ])
    await assert.rejects(send({ Context }), /ValidationException|at most 5 entries/);
  await assert.rejects(send({ ConfigurationSetName: "no blanks" }), /Invalid configuration set/);
});

test("a dry run is judged, and that is all: nothing is sent, charged or told", async (t) => {
  const { door, send } = await open(t, { countries: ["+49", "+43"], configurationSet: "texts" });
  const told: Taken[] = [];
  door.sns.onTaken((one) => told.push(one));
  const client = new PinpointSMSVoiceV2Client(sdkOptions(door, door.credentialsFor(texter.arn)));
  t.after(() => client.destroy());
  const given = (more: object) =>
    SnsCredentials.parse({
      countries: ["+49", "+43"],
      carrier: "endUserMessaging",
      originationIdentity: "pool-0123",
      ...more,
    });
  const trial = (more: object = {}) => voiceTrial(client, given(more), Date.now)?.(soon(5_000).deadlineMs);
  assert.equal((await trial())?.kind, "accepted");
  assert.equal(door.sns.messages.length + told.length, 0);
  assert.doesNotMatch(JSON.stringify(door.meter.totals()), /sns\.sms/);
  door.faults.providers.set({
    provider: "sns",
    token: "+43676800442031",
    status: 400,
    reason: "ConflictException",
  });
  assert.equal((await trial())?.kind, "misconfigured");
  assert.equal(simulatorIn(["+49", "+44", "+43"]), "+447860019066");
  // No country of the app has a simulator: AWS is not asked about a number that may be somebody's.
  assert.equal(trial({ countries: ["+49"] }), undefined);
  assert.equal((await send()).kind, "accepted");
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
