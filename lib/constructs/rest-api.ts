import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AccessLogFormat,
  type CfnRestApi,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type Resource,
  ResponseType,
  RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Config } from "../config/config.ts";
import type { ClarionFunction } from "./function.ts";
import type { ReceiptIntake } from "./receipt-intake.ts";

export type HttpFunctions = {
  send: ClarionFunction;
  manage: ClarionFunction;
  client: ClarionFunction;
  open: ClarionFunction;
  apnsChannels: ClarionFunction;
};

/** What is logged of a request: never a header, a body or a query string. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: "$context.requestId",
    time: "$context.requestTimeEpoch",
    method: "$context.httpMethod",
    resource: "$context.resourcePath",
    status: "$context.status",
    latencyMs: "$context.responseLatency",
    bytes: "$context.responseLength",
  }),
);

const STAGE = "live";
const METHOD_SETTINGS = { loggingLevel: MethodLoggingLevel.OFF, metricsEnabled: true };
/** Where vendors post their receipts (functions/core/api/gateway-operations.ts). */
const RECEIPTS = "/v1/public/apps/{app}/receipts/{provider}/{key}";

/** The service side, client and public routes; `send` alone has the hot path. */
export class HttpApi extends Construct {
  readonly api: RestApi;
  /** Where it is reached from outside. */
  readonly publicUrl: string;

  constructor(
    scope: Construct,
    id: string,
    props: { config: Config; functions: HttpFunctions; intake: ReceiptIntake },
  ) {
    super(scope, id);
    const { config, functions, intake } = props;
    const accessLog = new LogGroup(this, "AccessLog", {
      retention: config.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, "Api", {
      // A dimension of its metrics: two deployments must not count for each other.
      restApiName: Stack.of(this).stackName,
      description: "Clarion",
      endpointTypes: [EndpointType.REGIONAL],
      // API Gateway writes access logs by one role of the account and Region, the WebSocket API's as well.
      ...(config.apiLogsRole === "create"
        ? { cloudWatchRole: true, cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }
        : { cloudWatchRole: false }),
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: config.limits.stageRequestsPerS,
        throttlingBurstLimit: config.limits.stageBurst,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LOG,
        ...METHOD_SETTINGS,
        methodOptions: {
          [`${RECEIPTS}/POST`]: {
            ...METHOD_SETTINGS,
            throttlingRateLimit: config.limits.receiptPostsPerS,
            throttlingBurstLimit: config.limits.receiptPostsPerS,
          },
        },
      },
    });
    // Without the stage's own reference, which would wait for the functions that need this address.
    const { region, urlSuffix } = Stack.of(this);
    const { restApiId } = this.api;
    this.publicUrl = config.publicUrl ?? `https://${restApiId}.execute-api.${region}.${urlSuffix}/${STAGE}`;
    const raw = this.api.node.defaultChild as CfnRestApi;
    raw.addPropertyOverride("SecurityPolicy", "SecurityPolicy_TLS13_1_2_2021_06");
    raw.addPropertyOverride("EndpointAccessMode", "BASIC");
    this.gatewayErrors();
    this.routes(functions);
    intake.addTo(this.api.root.resourceForPath(RECEIPTS));
  }

  /** What the gateway itself answers (throttles, sizes, timeouts) must be readable for a browser's code, too. */
  private gatewayErrors(): void {
    for (const type of [ResponseType.DEFAULT_4XX, ResponseType.DEFAULT_5XX])
      this.api.addGatewayResponse(type.responseType, {
        type,
        responseHeaders: { "Access-Control-Allow-Origin": "'*'" },
      });
  }

  /** Whatever logs as well waits until it may. */
  allowLogs(stage: Construct): void {
    const account = this.api.node.tryFindChild("Account");
    if (account) stage.node.addDependency(account);
  }

  private routes({ send, manage, client, open, apnsChannels }: HttpFunctions): void {
    const to = (fn: ClarionFunction) => new LambdaIntegration(fn.lambda, { scopePermissionToMethod: false });
    const [sends, manages, clients, opens] = [to(send), to(manage), to(client), to(open)];
    const v1 = this.api.root.addResource("v1");
    const notifications = v1.addResource("notifications");
    notifications.addMethod("POST", sends);
    notifications.addMethod("GET", manages);
    notifications.addMethod("DELETE", manages);
    notifications.addResource("{proxy+}").addMethod("ANY", manages);
    v1.addResource("notifications:batch").addMethod("POST", sends);
    const fcm = v1.addResource("fcm");
    for (const verb of ["subscribe", "unsubscribe"])
      fcm.addResource(`topics:${verb}`).addMethod("POST", sends);
    const channels = v1.addResource("apns").addResource("channels");
    for (const method of ["GET", "POST", "DELETE"]) channels.addMethod(method, to(apnsChannels));
    v1.addResource("client").addResource("{proxy+}").addMethod("ANY", clients);
    this.openRoutes(v1.addResource("public"), opens);
    v1.addResource("{proxy+}").addMethod("ANY", manages);
    this.api.root.addResource("health").addMethod("GET", opens);
    this.api.root.addResource("openapi.json").addMethod("GET", opens);
  }

  /** A path that a resource begins has a greedy one below it: that the one beside it is looked in too is documented nowhere. */
  private openRoutes(open: Resource, opens: LambdaIntegration): void {
    open.addResource("{proxy+}").addMethod("ANY", opens);
    const app = open.addResource("apps").addResource("{app}");
    app.addResource("{proxy+}").addMethod("ANY", opens);
    this.api.root.resourceForPath(RECEIPTS).addMethod("ANY", opens);
  }
}
