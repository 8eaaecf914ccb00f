import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigInput } from "../../../lib/config/config.ts";
import {
  deployed,
  flat,
  list,
  type Properties,
  type Resource,
  resourcesOf,
  statementsOf,
} from "./template-reader.ts";

type Synthesised = {
  synthesise(input: ConfigInput): { state: string; service: string };
  state: Record<string, Resource>;
  service: Record<string, Resource>;
};

const KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000";

/** How resources of ours are named where somebody names them. */
const NAMES = [
  "Name",
  "GroupName",
  "QueueName",
  "RoleName",
  "TableName",
  "TopicName",
  "LogGroupName",
  "Alias",
];

/** What AWS refuses or would leave undone, and an emulator of its services takes. */
export function onAws({ synthesise, state, service }: Synthesised): void {
  const everything = [...Object.entries(state), ...Object.entries(service)];
  const ofType = (type: string): [id: string, properties: Properties][] =>
    everything.filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties ?? {}]);

  test("no function's environment is more than Lambda takes, under the longest names and in the longest Region", () => {
    const longest: ConfigInput = {
      name: `L${"o".repeat(15)}`,
      credentials: "catalog",
      smsDeliveryLogs: true,
      webPushHosts: Array.from({ length: 10 }, (_, n) => `${n}${"h".repeat(10)}.com`),
      docsUrl: `https://d.com/${"d".repeat(86)}`,
      publicUrl: `https://${"p".repeat(80)}.example.com`,
    };
    const template = resourcesOf(synthesise(longest).service);
    const sizes = Object.entries(template)
      .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
      .map(([id, { Properties }]) => {
        const { Variables = {} } = (Properties?.["Environment"] ?? {}) as { Variables?: Properties };
        return [id, Buffer.byteLength(JSON.stringify(deployed(Variables, template)))] as const;
      });
    assert.ok(sizes.length > 15);
    assert.deepEqual(
      sizes.filter(([, bytes]) => bytes > 4_096),
      [],
    );
  });

  test("a run of the reconciler that failed is not repeated beside the next one", () => {
    const invocations = ofType("AWS::Lambda::EventInvokeConfig").map(([, properties]) => [
      flat(properties["FunctionName"]).replace(/Function.*/, ""),
      properties["MaximumRetryAttempts"],
      properties["MaximumEventAgeInSeconds"],
    ]);
    assert.deepEqual(invocations, [["<Reconcile", 0, 60]]);
  });

  test("what outlives its stack has no name of its own, which would be in the way of the next one", () => {
    const named = everything.filter(
      ([, { Properties = {}, DeletionPolicy }]) =>
        DeletionPolicy === "Retain" && NAMES.some((name) => name in Properties),
    );
    assert.deepEqual(
      named.map(([id]) => id),
      [],
    );
  });

  test("with a key of the operator's, tables and queues are encrypted with it in its Region", () => {
    const { state, service } = synthesise({ kmsKeyArn: KEY_ARN });
    const tables = Object.values(resourcesOf(state)).filter(
      ({ Type }) => Type === "AWS::DynamoDB::GlobalTable",
    );
    assert.equal(tables.length, 6);
    for (const { Properties } of tables) {
      const text = JSON.stringify(Properties);
      assert.ok(text.includes('"SSEType":"KMS"') && text.includes(KEY_ARN), text);
    }
    const queues = Object.values(resourcesOf(service)).filter(({ Type }) => Type === "AWS::SQS::Queue");
    assert.ok(queues.length > 20);
    for (const { Properties } of queues) assert.equal(Properties?.["KmsMasterKeyId"], KEY_ARN);
  });

  test("alarms may publish to their topic, and its policy lets nobody else", () => {
    const [[topic] = []] = ofType("AWS::SNS::Topic").filter(([id]) => id.startsWith("Alarms"));
    const policies = ofType("AWS::SNS::TopicPolicy").filter(
      ([, { Topics }]) => flat(list(Topics)[0]) === `<${topic}>`,
    );
    const statements = policies.flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument));
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    assert.deepEqual(
      allowed.map(({ Action, Principal }) => [Action, Principal]),
      [["sns:Publish", { Service: "cloudwatch.amazonaws.com" }]],
    );
  });

  test("both stages wait for the account's role that writes their logs, unless it is somebody else's", () => {
    const accounts = ofType("AWS::ApiGateway::Account");
    assert.equal(accounts.length, 1);
    const [[account = ""] = []] = accounts;
    for (const type of ["AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"]) {
      const stages = Object.values(service).filter(({ Type }) => Type === type);
      assert.ok(stages.length > 0);
      for (const stage of stages)
        assert.ok(list((stage as { DependsOn?: string[] }).DependsOn).includes(account), type);
    }
    const theirs = resourcesOf(synthesise({ apiLogsRole: "exists" }).service);
    assert.ok(!Object.values(theirs).some(({ Type }) => Type === "AWS::ApiGateway::Account"));
  });

  test("a ping is answered by the gateway: its mock has an integration response", () => {
    const [[, response] = []] = ofType("AWS::ApiGatewayV2::IntegrationResponse");
    assert.equal(response?.["IntegrationResponseKey"], "$default");
    const mocks = ofType("AWS::ApiGatewayV2::Integration").filter(
      ([, { IntegrationType }]) => IntegrationType === "MOCK",
    );
    assert.deepEqual(
      mocks.map(([id]) => id),
      [flat(response?.["IntegrationId"]).slice(1, -1)],
    );
  });

  test("what AWS tells of mails and of text messages comes by a topic that its service alone may publish to", () => {
    const publishers = ofType("AWS::SNS::TopicPolicy")
      .flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument))
      .filter(({ Effect, Sid }) => Effect === "Allow" && Sid?.startsWith("Publish"))
      .map(({ Sid, Principal, Condition }) => [Sid, Principal, Condition]);
    const account = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };
    assert.deepEqual(
      publishers.filter(([Sid]) => Sid !== "PublishAlarms"),
      [
        ["PublishMailEvents", { Service: "ses.amazonaws.com" }, account],
        ["PublishTextEvents", { Service: "sms-voice.amazonaws.com" }, account],
      ],
    );
  });
}
