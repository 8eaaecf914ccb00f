import { Stack } from "aws-cdk-lib";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { ENV } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import type { StateStack } from "../stacks/state-stack.ts";
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
  /** First part of the names of secrets that are made at run time. */
  secretPrefix: string;
};

/** Lets a function read the credentials of one channel, of every app, and of nothing else. */
export function bindCredentials(fn: ClarionFunction, prefix: string, channel: string): void {
  fn.env(ENV.secretPrefix, prefix);
  fn.allow("ReadCredentials", ["secretsmanager:GetSecretValue"], [secretArn(fn, `${prefix}/${channel}/*`)], {
    because: "an app's credentials are stored at run time; the prefix bounds them to one channel",
  });
}

/** Write-only: who manages credentials cannot read them back. */
export function bindCredentialWriter(fn: ClarionFunction, prefix: string): void {
  fn.env(ENV.secretPrefix, prefix);
  fn.allow(
    "WriteCredentials",
    ["secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"],
    [secretArn(fn, `${prefix}/*`)],
    { because: "an app's credentials are stored at run time under this deployment's prefix" },
  );
}

/** Lets a function read one secret of the platform's own. */
export function bindOwnSecret(fn: ClarionFunction, env: string, secret: ISecret): void {
  fn.env(env, secret.secretArn);
  fn.allow(`Read${env.replaceAll("_", "")}`, ["secretsmanager:GetSecretValue"], [secret.secretArn]);
}

function secretArn(fn: ClarionFunction, name: string): string {
  const { partition, region, account } = Stack.of(fn);
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
}
