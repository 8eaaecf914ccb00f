/**
 * Every resource type that a template may hold. A type outside both tables is an error: what the runtime does
 * not know it must not silently leave out.
 */

/** Read by local/template/read-*.ts. */
const handled = new Set([
  "AWS::ApiGateway::Method",
  "AWS::ApiGateway::Resource",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Authorizer",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::IntegrationResponse",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::RouteResponse",
  "AWS::ApiGatewayV2::Stage",
  "AWS::DynamoDB::GlobalTable",
  "AWS::Events::Rule",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::KMS::Key",
  "AWS::Lambda::EventSourceMapping",
  "AWS::Lambda::Function",
  "AWS::Lambda::Permission",
  "AWS::Logs::SubscriptionFilter",
  "AWS::SNS::Subscription",
  "AWS::SQS::Queue",
  "AWS::SQS::QueuePolicy",
  "AWS::Scheduler::ScheduleGroup",
  "AWS::SecretsManager::Secret",
]);

/** Known, and nothing to run for it here: the reason why. */
export const nothingToRun: Record<string, string> = {
  "AWS::ApiGateway::Account": "names the role that writes access logs to CloudWatch",
  "AWS::ApiGateway::Deployment": "the gateway always serves the template as it is",
  "AWS::ApiGateway::GatewayResponse":
    "shapes the gateway's own errors, which answer in their default form here",
  "AWS::ApiGateway::Model": "a request model; the functions validate bodies themselves",
  "AWS::ApiGateway::RequestValidator": "a request validator; the functions validate bodies themselves",
  "AWS::ApiGatewayV2::Deployment": "the gateway always serves the template as it is",
  "AWS::CDK::Metadata": "usage statistics of the CDK",
  "AWS::CloudWatch::Alarm": "metrics are served as text at /metrics; nothing watches them here",
  "AWS::CloudWatch::CompositeAlarm": "metrics are served as text at /metrics; nothing watches them here",
  "AWS::CloudWatch::Dashboard": "a picture of CloudWatch metrics",
  "AWS::KMS::Alias": "a second name of a key; functions know keys by their ARN",
  "AWS::Lambda::EventInvokeConfig": "an invocation of a rule that failed is not repeated here",
  "AWS::Logs::LogGroup": "logs go to the log sink of the runtime",
  "AWS::Logs::MetricFilter": "a metric derived from CloudWatch logs",
  "AWS::SNS::Topic":
    "nothing alarms here; what is told of mails and text messages goes from its topic to the topic's queues at once",
  "AWS::SNS::TopicPolicy": "who may publish: AWS's own services",
  "AWS::SecretsManager::ResourcePolicy": "only limits who may delete or replace the secret",
};

export function checkResourceType(type: string, logicalId: string, stack: string): void {
  if (handled.has(type) || Object.hasOwn(nothingToRun, type)) return;
  throw new Error(
    `${stack}/${logicalId}: the local runtime does not know ${type}. ` +
      "Handle it in local/template, or name the reason why nothing runs for it in local/template/resource-types.ts",
  );
}
