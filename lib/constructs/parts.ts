import { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { ENV } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import type { StateStack } from "../stacks/state-stack.ts";
import { bindOpening, bindSealing } from "./credential-keys.ts";
import type { ClarionFunction } from "./function.ts";
import type { Functions } from "./functions.ts";
import type { Queues } from "./queues.ts";
import type { HttpApi } from "./rest-api.ts";
import type { Schedules } from "./schedules.ts";
import type { SocketApi } from "./web-socket-api.ts";

/** What the binders join together. */
export type Parts = {
  config: Config;
  functions: Functions;
  queues: Queues;
  schedules: Schedules;
  socketApi: SocketApi;
  httpApi: HttpApi;
  state: StateStack;
  credentials: CredentialPlace;
};

/** Where apps' credentials are kept. */
export type CredentialPlace = {
  chosen: Config["credentials"];
  /** First part of the names of secrets that are made at run time, and the tag of keys. */
  secretPrefix: string;
  /** The template's, which seals them as Catalog items. */
  key: IKey | undefined;
};

/** Lets a function read the credentials of one channel, of every app, and of nothing else. */
export function bindCredentials(fn: ClarionFunction, place: CredentialPlace, channel: string): void {
  const { secretPrefix } = place;
  fn.env(ENV.secretPrefix, secretPrefix);
  const arn = secretArn(fn, `${secretPrefix}/${channel}/*`);
  fn.allow("ReadCredentials", ["secretsmanager:GetSecretValue"], [arn], {
    because: "an app's credentials are stored at run time; the prefix bounds them to one channel",
  });
  bindOpening(fn, place, { channel });
}

/** Lets a function read the credentials of one provider, of every app, and of nothing else. */
export function bindProviderCredentials(
  fn: ClarionFunction,
  place: CredentialPlace,
  { channel, provider }: { channel: string; provider: string },
): void {
  const { secretPrefix } = place;
  fn.env(ENV.secretPrefix, secretPrefix);
  // Behind the name come a hyphen and six characters of Secrets Manager's.
  const arn = secretArn(fn, `${secretPrefix}/${channel}/*/${provider}-*`);
  fn.allow("ReadProviderCredentials", ["secretsmanager:GetSecretValue"], [arn], {
    because: "an app's credentials are stored at run time; the name bounds them to one provider",
  });
  bindOpening(fn, place, { channel, provider });
}

/** Write-only: who manages credentials cannot read them back. */
export function bindCredentialWriter(fn: ClarionFunction, place: CredentialPlace): void {
  const { secretPrefix } = place;
  fn.env(ENV.secretPrefix, secretPrefix);
  fn.allow(
    "WriteCredentials",
    ["secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"],
    [secretArn(fn, `${secretPrefix}/*`)],
    { because: "an app's credentials are stored at run time under this deployment's prefix" },
  );
  bindSealing(fn, place);
}

/** Lets a function send text messages by AWS End User Messaging, or ask without sending: IAM knows no difference. */
export function bindVoice(fn: ClarionFunction): void {
  const { region, partition, account } = Stack.of(fn);
  const identities = `arn:${partition}:sms-voice:${region}:${account}:*`;
  fn.allow("SendByEndUserMessaging", ["sms-voice:SendTextMessage"], [identities], {
    because: "apps name their own numbers, pools, sender ids and configuration sets of this account",
  });
}

/** Lets a function read one secret of the platform's own. */
export function bindOwnSecret(fn: ClarionFunction, env: string, secret: ISecret): void {
  // By its name: ARNs of secrets and the names of all queues are more than a function's environment of 4 KB.
  fn.env(env, secret.secretName);
  fn.allow(`Read${env.replaceAll("_", "")}`, ["secretsmanager:GetSecretValue"], [secret.secretArn]);
}

function secretArn(fn: ClarionFunction, name: string): string {
  const { partition, region, account } = Stack.of(fn);
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
}
