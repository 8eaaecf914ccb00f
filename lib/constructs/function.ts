import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
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
    this.lambda = new LambdaFunction(this, "Function", {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundle(id, source).folder),
      description: props.description,
      timeout: Duration.seconds(props.timeoutS),
      memorySize: props.memoryMb,
      tracing: Tracing.PASS_THROUGH,
      logGroup,
      recursiveLoop: props.recursive ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      environment: {
        NODE_OPTIONS: "--enable-source-maps",
        [ENV.settings]: JSON.stringify(props.settings),
        [ENV.version]: VERSION,
      },
    });
    this.lambda.node.defaultChild!.node.addMetadata("clarion:entry", source);
    (
      this.lambda.node.defaultChild as unknown as { addMetadata(key: string, value: string): void }
    ).addMetadata("clarion:entry", source);
  }

  /** Grants exactly these actions on exactly these resources, as one statement. */
  allow(
    sid: string,
    actions: string[],
    resources: string[],
    conditions?: Record<string, Record<string, string>>,
  ): void {
    this.lambda.addToRolePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.ALLOW,
        actions,
        resources,
        ...(conditions && { conditions }),
      }),
    );
  }

  env(key: string, value: string): void {
    this.lambda.addEnvironment(key, value);
  }
}

/** Version of the platform, as GET /health says it. */
export const VERSION = "0.1.0";
