import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { type ConfigInput, resolveConfig } from "../../../lib/config/config.ts";
import { StateStack } from "../../../lib/stacks/state-stack.ts";
import { flat, kmsRightsOf, type Properties, type Resource, resourcesOf } from "./template-reader.ts";

const ANY_KEY = "arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*";
const OURS = { "aws:ResourceTag/clarion:credentials": "ClarionService" };

/** What each reader may open, whatever the operator has chosen: what was sealed before goes on working. */
function openers() {
  const only = (context: Record<string, string>) => ({
    StringEquals: {
      ...OURS,
      ...Object.fromEntries(
        Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
      ),
    },
    on: ANY_KEY,
  });
  return {
    DispatchMobilePush: only({ channel: "mobilePush" }),
    DispatchWebPush: only({ channel: "webPush" }),
    DispatchEmail: only({ channel: "email" }),
    DispatchSms: only({ channel: "sms" }),
    DispatchWebhook: only({ channel: "webhook" }),
    ApnsChannels: only({ channel: "mobilePush", provider: "apns" }),
    Authorizer: only({ channel: "inApp" }),
    Client: only({ channel: "inApp" }),
  };
}

/** Variables of functions, by function, as far as they are about where credentials are kept. */
const placesTold = (resources: Record<string, Resource>) =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
    .flatMap(([id, { Properties }]) => {
      const { Variables = {} } = (Properties?.["Environment"] ?? {}) as { Variables?: Properties };
      const told = Object.entries(Variables).filter(([name]) => name.startsWith("CREDENTIALS_"));
      return told.map(([name, value]) => `${id.replace(/Function\w+$/, "")} ${name}=${flat(value)}`);
    });

type Templates = {
  synthesise(input?: ConfigInput): { state: string; service: string };
  state: Record<string, Resource>;
  service: Record<string, Resource>;
};

/** Where credentials are kept, and who may make, use and open what seals them. */
export function ofCredentials({ synthesise, state, service }: Templates): void {
  test("by default no key is there; whoever writes credentials may make one under this deployment's tag, and not open them", () => {
    const ofKms = Object.entries(state).filter(([, { Type }]) => Type.startsWith("AWS::KMS::"));
    assert.deepEqual(ofKms, []);
    const { opening, writing } = kmsRightsOf(service);
    assert.deepEqual(opening, openers());
    const asked = {
      StringEquals: { "aws:RequestTag/clarion:credentials": "ClarionService" },
      "ForAllValues:StringEquals": { "aws:TagKeys": "clarion:credentials" },
    };
    assert.deepEqual(writing, {
      "Manage kms:CreateKey": { ...asked, on: "*" },
      "Manage kms:TagResource": { ...asked, StringEqualsIfExists: OURS, on: ANY_KEY },
      "Manage kms:GenerateDataKey,kms:EnableKeyRotation": { StringEquals: OURS, on: ANY_KEY },
    });
    assert.deepEqual(placesTold(service), ["Manage CREDENTIALS_PLACE=auto"]);
  });

  test("with secrets alone nobody may make or use a key, but what was sealed before is read", () => {
    const { state: kept, service: rest } = synthesise({ credentials: "secrets" });
    assert.deepEqual(kmsRightsOf(resourcesOf(rest)), { opening: openers(), writing: {} });
    assert.deepEqual(placesTold(resourcesOf(rest)), ["Manage CREDENTIALS_PLACE=secrets"]);
    assert.ok(!Object.values(resourcesOf(kept)).some(({ Type }) => Type.startsWith("AWS::KMS::")));
  });

  test("with credentials in Catalog there is one key, kept, rotated and tagged; each reader opens its own channel's", () => {
    const sealed = synthesise({ credentials: "catalog" });
    const keys = Object.values(resourcesOf(sealed.state)).filter(({ Type }) => Type.startsWith("AWS::KMS::"));
    assert.deepEqual(
      keys.map(({ Type, DeletionPolicy, Properties }) => [
        Type,
        DeletionPolicy,
        Properties?.["EnableKeyRotation"],
        Properties?.["Tags"],
      ]),
      [["AWS::KMS::Key", "Retain", true, [{ Key: "clarion:credentials", Value: "ClarionService" }]]],
    );
    const { opening, writing } = kmsRightsOf(resourcesOf(sealed.service));
    assert.deepEqual(opening, openers());
    const [[action, { on }] = ["", { on: "" }], ...others] = Object.entries(
      writing as Record<string, { on: string }>,
    );
    assert.deepEqual([action, others], ["Manage kms:GenerateDataKey", []], "who writes cannot open");
    assert.match(on, /^<ClarionState:\w*CredentialsKey\w+>$/);
    const told = placesTold(resourcesOf(sealed.service));
    assert.equal(told.filter((line) => line.includes(" CREDENTIALS_KEY_ARN=<")).length, 9);
    assert.deepEqual(
      told.filter((line) => !line.includes("KEY_ARN")),
      ["Manage CREDENTIALS_PLACE=catalog"],
    );
    const throwAway = new StateStack(new App(), "ClarionState", {
      clarion: resolveConfig({ credentials: "catalog", retainState: false }),
    });
    const [gone] = Object.values(Template.fromStack(throwAway).findResources("AWS::KMS::Key"));
    assert.equal(gone?.["DeletionPolicy"], "Delete", "a throw-away deployment leaves no key behind");
  });
}
