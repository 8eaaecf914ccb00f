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
  synthesise(input: ConfigInput): { service: string };
  state: Record<string, Resource>;
  service: Record<string, Resource>;
};

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
