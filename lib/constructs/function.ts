import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { ENV, type RuntimeSettings } from "../../functions/names.ts";
import { bundle } from "../bundling/bundle.ts";
import type { Config } from "../config/config.ts";

export type ClarionFunctionProps = {
  /** Folder and file below functions/handlers, e.g. `http/send`. */
  entry: string;
  description: string;
  timeoutS: number;
  memoryMb: number;
  config: Config;
  settings: RuntimeSettings;
  /** Its messages may come back to it through a queue, under a hop limit of our own. */
  recursive?: boolean;
};

export type GrantOptions = {
  conditions?: Record<string, Record<string, string>>;
  /** Why a resource of this statement cannot be named without a wildcard. */
  because?: string;
};

/** One Lambda function: its own bundle, log group and role; rights come only from the constructs that bind it. */
export class ClarionFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ClarionFunctionProps) {
    super(scope, id);
    const source = `functions/handlers/${props.entry}.ts`;
    const logGroup = new LogGroup(this, "Log", {
      retention: props.config.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    this.lambda = new LambdaFunction(this, "Function", {
      role,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundle(id, source).folder),
      description: props.description,
      timeout: Duration.seconds(props.timeoutS),
      memorySize: props.memoryMb,
      tracing: Tracing.DISABLED,
      logGroup,
      // Lambda's own lines for every invocation cost more than ours, and say nothing that our metrics do not.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      recursiveLoop: props.recursive ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      environment: {
        [ENV.settings]: JSON.stringify(props.settings),
        [ENV.version]: VERSION,
      },
    });
    (this.lambda.node.defaultChild as CfnFunction).addMetadata("clarion:entry", source);
    this.allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]);
  }

  /** Grants exactly these actions on exactly these resources, as one statement. */
  allow(sid: string, actions: string[], resources: string[], options: GrantOptions = {}): void {
    const { conditions, because } = options;
    this.lambda.addToRolePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.ALLOW,
        actions,
        resources,
        ...(conditions && { conditions }),
      }),
    );
    for (const resource of because ? resources : []) {
      const id = `AwsSolutions::AwsSolutions-IAM5[Resource::${flattened(Stack.of(this).resolve(resource))}]`;
      Validations.of(this).acknowledge({ id, reason: `${sid}: ${because}` });
    }
  }

  /** Takes back what a wider statement allows. */
  deny(sid: string, actions: string[], resources: string[]): void {
    this.lambda.addToRolePolicy(new PolicyStatement({ sid, effect: Effect.DENY, actions, resources }));
  }

  env(key: string, value: string): void {
    this.lambda.addEnvironment(key, value);
  }
}

/** A resolved ARN as the rule pack writes it: references in angle brackets. */
function flattened(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (name === "Ref") return `<${String(argument)}>`;
  if (name === "Fn::GetAtt") return `<${(argument as string[]).join(".")}>`;
  if (name === "Fn::Join") return (argument as [string, unknown[]])[1].map(flattened).join("");
  throw new Error(`an ARN holds ${name}, which has no name in a rule pack's finding`);
}

/** Version of the platform, as GET /health says it. */
const { version: VERSION } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
) as { version: string };
