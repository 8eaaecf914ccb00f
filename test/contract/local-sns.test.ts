import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  GetSMSAttributesCommand,
  ListTopicsCommand,
  type MessageAttributeValue,
  OptInPhoneNumberCommand,
  PublishCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import { smsParts } from "../../local/sns/parts.ts";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";

const NUMBER = "+4915112345678";
const texter = role("Texter", [
  statement("Text#0", ["sns:Publish"], ["*"]),
  statement("Text#1", ["sns:Publish"], ["arn:*:sns:*:*:*"], { effect: "Deny" }),
]);
const stranger = role("Stranger", [statement("Topics#0", ["sns:Publish"], ["arn:aws:sns:*:*:*"])]);

async function open(t: TestContext) {
  const { door } = await openDoor(t, deployment({ roles: [texter, stranger] }));
  const clientOf = (credentials = door.adminCredentials()) => {
    const client = new SNSClient(sdkOptions(door, credentials));
    t.after(() => client.destroy());
    return client;
  };
  const client = clientOf();
  const publish = (Message: string, attributes: Record<string, string> = {}, PhoneNumber = NUMBER) =>
    client.send(new PublishCommand({ PhoneNumber, Message, MessageAttributes: attributesOf(attributes) }));
  return { door, client, clientOf, publish };
}

const attributesOf = (attributes: Record<string, string>): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      `AWS.SNS.SMS.${name}`,
      { DataType: name === "MaxPrice" ? "Number" : "String", StringValue: value },
    ]),
  );

test("the SDK's text message is taken, metered in parts, and can be read", async (t) => {
  const { door, publish } = await open(t);
  const body = `Ihr Code: 1234 & <mehr> — ${"x".repeat(60)} 👋`;
  const { MessageId } = await publish(body, {
    SenderID: "Shop1",
    SMSType: "Transactional",
    MaxPrice: "0.25",
  });
  assert.match(MessageId!, /^[0-9a-f-]{36}$/);
  const [entry] = door.sns.messages;
  assert.equal(entry?.token, NUMBER);
  assert.equal(entry.status, 200);
  assert.deepEqual(entry.payload, {
    body,
    senderId: "Shop1",
    type: "Transactional",
    maxPrice: 0.25,
    parts: 2,
  });
  assert.equal(door.meter.totals().units["sns.sms"], 2);
  await publish("Hi");
  assert.deepEqual(door.sns.messages[1]?.payload, { body: "Hi", type: "Promotional", parts: 1 });
});

test("what SNS refuses is refused, under SNS's name", async (t) => {
  const { door, client, publish } = await open(t);
  for (const number of ["4915112345678", "+0151", "+49 151 1234", "+1234567890123456", "+49151x"])
    await assert.rejects(publish("Hi", {}, number), {
      name: "InvalidParameterException",
      message: /is not valid to publish to/,
    });
  await assert.rejects(publish("x".repeat(1_601)), {
    name: "InvalidParameterException",
    message: /too long/,
  });
  await publish("x".repeat(1_600));
  await assert.rejects(publish(""), { name: "InvalidParameterException", message: /Empty message/ });
  const wrong: [string, string][] = [
    ["SenderID", "TooLongSender"],
    ["SenderID", "123"],
    ["SMSType", "Urgent"],
    ["MaxPrice", "0"],
  ];
  for (const [name, value] of wrong)
    await assert.rejects(publish("Hi", { [name]: value }), {
      name: "InvalidParameterValueException",
    });
  const TopicArn = "arn:aws:sns:us-east-1:000000000000:topic";
  await assert.rejects(client.send(new PublishCommand({ TopicArn, Message: "x" })), {
    name: "InvalidParameterException",
    message: /phone numbers only/,
  });
  await assert.rejects(client.send(new ListTopicsCommand({})), { name: "InvalidAction" });
  const refused = door.sns.messages.filter(({ status }) => status === 400);
  assert.equal(refused.length, 12);
  assert.ok(refused.every(({ reason }) => /^(InvalidParameter|ParameterValueInvalid)$/.test(reason ?? "")));
});

test("who has opted out gets nothing, though SNS says yes, until opted in again", async (t) => {
  const { door, client, publish } = await open(t);
  const isOut = async () => {
    const command = new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber: NUMBER });
    return (await client.send(command)).isOptedOut;
  };
  assert.equal(await isOut(), false);
  door.sns.optOut(NUMBER);
  assert.equal(await isOut(), true);
  assert.ok((await publish("Hi")).MessageId);
  await client.send(new OptInPhoneNumberCommand({ phoneNumber: NUMBER }));
  assert.equal(await isOut(), false);
  await publish("Hi again");
  assert.deepEqual(
    door.sns.messages.map(({ status, reason }) => [status, reason]),
    [
      [200, "opted_out"],
      [200, undefined],
    ],
  );
  await assert.rejects(client.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber: "1" })), {
    name: "InvalidParameterException",
  });
});

test("the account's attributes, all or those asked for", async (t) => {
  const { client } = await open(t);
  const get = async (attributes?: string[]) =>
    (await client.send(new GetSMSAttributesCommand(attributes ? { attributes } : {}))).attributes;
  assert.deepEqual(await get(), { DefaultSMSType: "Promotional", MonthlySpendLimit: "1" });
  assert.deepEqual(await get(["MonthlySpendLimit"]), { MonthlySpendLimit: "1" });
});

test("to IAM a number is a resource without an ARN: only * covers it", async (t) => {
  const { door, clientOf } = await open(t);
  const message = { PhoneNumber: NUMBER, Message: "Hi" };
  await clientOf(door.credentialsFor(texter.arn)).send(new PublishCommand(message));
  await assert.rejects(clientOf(door.credentialsFor(stranger.arn)).send(new PublishCommand(message)), {
    name: "AuthorizationErrorException",
    message: /sns:Publish on resource: \+4915112345678 because no policy allows it/,
  });
  const topic = { TopicArn: "arn:aws:sns:us-east-1:000000000000:topic", Message: "Hi" };
  await assert.rejects(clientOf(door.credentialsFor(texter.arn)).send(new PublishCommand(topic)), {
    name: "AuthorizationErrorException",
    message: /explicit deny/,
  });
});

test("faults of SNS are its own", async (t) => {
  const { door, publish } = await open(t);
  const { providers } = door.faults;
  providers.set({ provider: "ses", status: 500 });
  await publish("Hi");
  providers.set({ provider: "sns", token: NUMBER, status: 400, reason: "Throttled" });
  await publish("Hi", {}, "+4915100000000");
  await assert.rejects(publish("Hi"), { name: "ThrottledException", message: "Rate exceeded" });
  assert.deepEqual(
    door.sns.messages.map(({ status, reason }) => [status, reason]),
    [
      [200, undefined],
      [200, undefined],
      [400, "Throttled"],
    ],
  );
});

test("a text's parts, in GSM's letters and in others", () => {
  const cases: [string, number][] = [
    ["", 1],
    ["x".repeat(160), 1],
    ["x".repeat(161), 2],
    ["x".repeat(306), 2],
    ["x".repeat(307), 3],
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    ["好".repeat(70), 1],
    ["好".repeat(71), 2],
    ["好".repeat(134), 2],
    ["好".repeat(135), 3],
    ["👋".repeat(35), 1],
    ["👋".repeat(36), 2],
  ];
  for (const [text, parts] of cases) assert.equal(smsParts(text), parts, `${text[0]} x ${text.length}`);
});
