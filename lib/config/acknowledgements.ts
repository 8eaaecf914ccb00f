import { type Stack, Validations } from "aws-cdk-lib";

type Acknowledgement = { id: string; reason: string };

/** What the rule packs object to and we keep, each with its reason. Anything else stops the synthesis. */
export function acknowledge(state: Stack, service: Stack): void {
  for (const entry of STATE) Validations.of(state).acknowledge(entry);
  for (const entry of SERVICE) Validations.of(service).acknowledge(entry);
}

const STATE: Acknowledgement[] = [
  {
    id: "AwsSolutions::AwsSolutions-SMG4",
    reason: "Random keys of the platform's own that nobody else holds; the runbook says how to replace one.",
  },
];

const SERVICE: Acknowledgement[] = [
  {
    id: "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
    reason: "API Gateway takes this policy alone for the account's role that writes access logs.",
  },
  {
    id: "AwsSolutions::AwsSolutions-APIG2",
    reason:
      "The functions validate each body with the schemas the OpenAPI document is made of; API Gateway's draft-04 models cannot say the same.",
  },
  {
    id: "AwsSolutions::AwsSolutions-APIG3",
    reason: "WAF costs money while idle: docs/configuration.md says how to attach a web ACL.",
  },
  {
    id: "AwsSolutions::AwsSolutions-APIG4",
    reason:
      "API keys, signatures and client tokens are checked in the functions (a Lambda authorizer cannot see the body); only WebSocket connects need an authorizer.",
  },
  {
    id: "AwsSolutions::AwsSolutions-COG4",
    reason: "Apps bring their own users' tokens; the platform has no user pool.",
  },
  {
    id: "AwsSolutions::AwsSolutions-APIG6",
    reason: "Execution logs would hold bodies, that is contents and tokens; access logs without them are on.",
  },
  {
    id: "Serverless::Serverless-APIGWXrayEnabled",
    reason:
      "Traces follow W3C traceparent through queues to the provider call; X-Ray is the operator's choice.",
  },
  {
    id: "Serverless::Serverless-LambdaTracing",
    reason:
      "Traces follow W3C traceparent through queues to the provider call; X-Ray is the operator's choice.",
  },
  {
    id: "Serverless::Serverless-LambdaAsyncFailureDestination",
    reason: "A run of the reconciler that failed is made up for by the next minute's.",
  },
  {
    id: "Serverless::Serverless-EventBusDLQ",
    reason:
      "The clockwork repeats by itself: a lost tick of the reconciler is made good by the next minute's.",
  },
  {
    id: "Serverless::Serverless-LambdaDLQ",
    reason:
      "Queues have dead-letter queues of their own. Only the reader of SNS's delivery log is invoked asynchronously: Lambda repeats it twice, and what is lost then are receipts.",
  },
  {
    id: "Serverless::Serverless-LambdaEventSourceMappingDestination",
    reason: "SQS event sources have no on-failure destination: the source queue's dead-letter queue is it.",
  },
  {
    id: "Serverless::Serverless-SQSRedrivePolicy",
    reason: "Only the dead-letter queues themselves have none.",
  },
];
