import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  CfnIntegrationResponse,
  type CfnStage,
  LogGroupLogDestination,
  WebSocketApi,
  type WebSocketIntegration,
  WebSocketStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import {
  WebSocketLambdaIntegration,
  WebSocketMockIntegration,
} from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { ENV } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import type { ClarionFunction } from "./function.ts";

const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: "$context.requestId",
    time: "$context.requestTimeEpoch",
    event: "$context.eventType",
    connectionId: "$context.connectionId",
    status: "$context.status",
  }),
);

/** One socket per open app: `$connect` is authorised, a ping costs no function. */
export class SocketApi extends Construct {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;

  constructor(
    scope: Construct,
    id: string,
    props: { config: Config; authorizer: ClarionFunction; socket: ClarionFunction },
  ) {
    super(scope, id);
    const { config, authorizer, socket } = props;
    const lambda = (name: string) => new WebSocketLambdaIntegration(name, socket.lambda);
    this.api = new WebSocketApi(this, "Api", {
      apiName: `${Stack.of(this).stackName}Sockets`,
      description: "Clarion",
      routeSelectionExpression: "$request.body.type",
      connectRouteOptions: {
        integration: lambda("Connect"),
        // `v` is the one identity source that every client sends: API Gateway answers 401 itself where a
        // listed source is missing, and tokens come by header, subprotocol or ticket.
        authorizer: new WebSocketLambdaAuthorizer("Authorizer", authorizer.lambda, {
          identitySource: ["route.request.querystring.v"],
        }),
      },
      disconnectRouteOptions: { integration: lambda("Disconnect") },
      defaultRouteOptions: { integration: lambda("Frame") },
    });
    this.pingRoute();
    this.stage = new WebSocketStage(this, "Stage", {
      webSocketApi: this.api,
      stageName: "live",
      autoDeploy: true,
      throttle: { rateLimit: config.limits.stageRequestsPerS, burstLimit: config.limits.stageBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, "AccessLog", {
            retention: config.logRetentionDays as RetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: ACCESS_LOG,
      },
    });
    (this.stage.node.defaultChild as CfnStage).addPropertyOverride(
      "DefaultRouteSettings.DetailedMetricsEnabled",
      true,
    );
  }

  /** `{"type":"ping"}` is answered by the gateway itself: it keeps a socket open and bills no function. */
  private pingRoute(): void {
    const integration = new WebSocketMockIntegration("Ping", {
      requestTemplates: { "application/json": '{"statusCode":200}' },
      templateSelectionExpression: "application/json",
    });
    const route = this.api.addRoute("ping", { integration, returnResponse: true });
    // A mock without one is an error of the gateway's, which CDK does not make.
    new CfnIntegrationResponse(route, "Pong", {
      apiId: this.api.apiId,
      integrationId: (route.node.findChild("Ping") as WebSocketIntegration).integrationId,
      integrationResponseKey: "$default",
      responseTemplates: { "application/json": '{"type":"pong"}' },
      templateSelectionExpression: "application/json",
    });
  }

  /** Lets a function post to open connections. */
  bindPoster(fn: ClarionFunction): void {
    fn.env(ENV.connectionsEndpoint, this.stage.callbackUrl);
    const resource = `${this.api.apiId}/${this.stage.stageName}/POST/@connections/*`;
    const arn = Stack.of(this).formatArn({ service: "execute-api", resource });
    fn.allow("PostToConnections", ["execute-api:ManageConnections"], [arn], {
      because: "connection ids are made by API Gateway",
    });
  }
}
