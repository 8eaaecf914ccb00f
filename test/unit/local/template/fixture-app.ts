/**
 * A small app with one of everything the runtime runs. The tests of local/ synthesise it, so that they
 * depend on what CDK really emits and not on the product's own stacks.
 */

import { fileURLToPath } from "node:url";
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import {
  CfnIntegrationResponse,
  WebSocketApi,
  type WebSocketIntegration,
  WebSocketStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import {
  WebSocketLambdaIntegration,
  WebSocketMockIntegration,
} from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction, SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Architecture, type CfnFunction, RecursiveLoop, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Queue } from "aws-cdk-lib/aws-sqs";

const app = new App();
const state = new Stack(app, "State");
const service = new Stack(app, "Service");
service.addDependency(state);

const table = new TableV2(state, "Directory", {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  sortKey: { name: "sk", type: AttributeType.STRING },
  billing: Billing.onDemand(),
  timeToLiveAttribute: "expiresAt",
  removalPolicy: RemovalPolicy.RETAIN,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  globalSecondaryIndexes: [
    { indexName: "pending", partitionKey: { name: "pending", type: AttributeType.STRING } },
  ],
});
const adminKey = new Secret(state, "AdminKey", {
  generateSecretString: { passwordLength: 40, excludePunctuation: true },
});

function fixtureFunction(name: string, environment: Record<string, string> = {}): NodejsFunction {
  const entry = `test/unit/local/template/fixture-functions/${name}.ts`;
  const fn = new NodejsFunction(service, name, {
    entry: fileURLToPath(new URL(`./fixture-functions/${name}.ts`, import.meta.url)),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    timeout: Duration.seconds(3),
    environment,
    recursiveLoop: RecursiveLoop.ALLOW,
    logGroup: new LogGroup(service, `${name}-log`),
    bundling: { format: OutputFormat.ESM, mainFields: ["module", "main"], target: "node24" },
  });
  (fn.node.defaultChild as CfnFunction).addMetadata("clarion:entry", entry);
  return fn;
}

const deadLetters = new Queue(service, "dead", { enforceSSL: true, retentionPeriod: Duration.days(14) });
const jobs = new Queue(service, "jobs", {
  enforceSSL: true,
  visibilityTimeout: Duration.seconds(18),
  deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
});
const fired = new Queue(service, "fired", { enforceSSL: true });

const http = fixtureFunction("http", { JOBS_URL: jobs.queueUrl, TABLE: table.tableName });
jobs.grantSendMessages(http);
table.grantReadWriteData(http);
adminKey.grantRead(http);

const worker = fixtureFunction("worker", { TABLE: table.tableName });
table.grantWriteData(worker);
worker.addEventSource(
  new SqsEventSource(jobs, {
    batchSize: 20,
    maxBatchingWindow: Duration.seconds(1),
    reportBatchItemFailures: true,
    maxConcurrency: 2,
  }),
);

const rest = new apigateway.RestApi(service, "Rest", {
  cloudWatchRole: false,
  deployOptions: { stageName: "live", throttlingRateLimit: 50, throttlingBurstLimit: 100 },
  defaultCorsPreflightOptions: { allowOrigins: ["https://app.example"], allowHeaders: ["authorization"] },
});
const toHttp = new apigateway.LambdaIntegration(http);
rest.root.addResource("health").addMethod("GET", toHttp);
const users = rest.root.addResource("v1").addResource("users");
users.addMethod("POST", toHttp);
users.addResource("{user}").addResource("devices").addResource("{device}").addMethod("PUT", toHttp);
users.addResource("{proxy+}").addMethod("ANY", toHttp);

const socket = fixtureFunction("socket");
const authorizer = fixtureFunction("authorizer");
const sockets = new WebSocketApi(service, "Sockets", {
  routeSelectionExpression: "$request.body.type",
  connectRouteOptions: {
    integration: new WebSocketLambdaIntegration("connect", socket),
    authorizer: new WebSocketLambdaAuthorizer("auth", authorizer, {
      identitySource: ["route.request.querystring.v"],
    }),
  },
  disconnectRouteOptions: { integration: new WebSocketLambdaIntegration("disconnect", socket) },
  defaultRouteOptions: { integration: new WebSocketLambdaIntegration("default", socket) },
});
const ping = sockets.addRoute("ping", {
  integration: new WebSocketMockIntegration("ping", {
    requestTemplates: { "application/json": '{"statusCode":200}' },
    templateSelectionExpression: "\\$default",
  }),
  returnResponse: true,
});
new CfnIntegrationResponse(ping, "pong", {
  apiId: sockets.apiId,
  integrationId: (ping.node.findChild("ping") as WebSocketIntegration).integrationId,
  integrationResponseKey: "$default",
  responseTemplates: { "application/json": '{"type":"pong"}' },
});
const stage = new WebSocketStage(service, "live", {
  webSocketApi: sockets,
  stageName: "live",
  autoDeploy: true,
  throttle: { rateLimit: 100, burstLimit: 200 },
});
sockets.grantManageConnections(socket);
socket.addEnvironment("CALLBACK_URL", stage.callbackUrl);

new Rule(service, "everyMinute", {
  schedule: Schedule.rate(Duration.minutes(1)),
  targets: [new LambdaFunction(worker), new SqsQueue(fired)],
});
new ScheduleGroup(service, "schedules");
const topic = new Topic(service, "alarms");
topic.grantPublish(worker);
new Alarm(service, "backlog", {
  metric: jobs.metricApproximateNumberOfMessagesVisible(),
  threshold: 100,
  evaluationPeriods: 10,
});
new Dashboard(service, "board");
new CfnOutput(service, "RestUrl", { value: rest.url });
new CfnOutput(service, "SocketUrl", { value: stage.url });
new CfnOutput(service, "AdminKeyName", { value: adminKey.secretName });
