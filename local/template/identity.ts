/** What `Ref` and `Fn::GetAtt` give for each resource type: physical names are the logical ids, so they are stable. */

import { createHash } from "node:crypto";

export type Identity = { name: string; ref: string; attributes: Record<string, string> };

export type Place = { region: string; account: string; doorUrl: string };

type Named = { logicalId: string; givenName: string | undefined };

/** Ten characters like API Gateway's own ids. */
function apiId(logicalId: string): string {
  const digest = createHash("sha256").update(logicalId).digest();
  return [...digest.subarray(0, 10)].map((byte) => (byte % 36).toString(36)).join("");
}

function arnOf(place: Place, service: string, resource: string): string {
  return `arn:aws:${service}:${place.region}:${place.account}:${resource}`;
}

function simple(service: string, prefix: string, refIs: "name" | "arn" = "name") {
  return ({ logicalId, givenName }: Named, place: Place): Identity => {
    const name = givenName ?? logicalId;
    const arn = arnOf(place, service, `${prefix}${name}`);
    return { name, ref: refIs === "name" ? name : arn, attributes: { Arn: arn } };
  };
}

function plain({ logicalId }: Named): Identity {
  return { name: logicalId, ref: logicalId, attributes: {} };
}

function queue({ logicalId, givenName }: Named, place: Place): Identity {
  const name = givenName ?? logicalId;
  const url = `${place.doorUrl}/${place.account}/${name}`;
  const attributes = { Arn: arnOf(place, "sqs", name), QueueName: name, QueueUrl: url };
  return { name, ref: url, attributes };
}

function role({ logicalId, givenName }: Named, place: Place): Identity {
  const name = givenName ?? logicalId;
  const attributes = { Arn: `arn:aws:iam::${place.account}:role/${name}`, RoleId: `AROA${name}` };
  return { name, ref: name, attributes };
}

/** AWS appends six characters to the ARN of a secret, and CDK cuts the name out of an ARN at its second dash. */
function secret({ logicalId, givenName }: Named, place: Place): Identity {
  const name = givenName ?? `${logicalId}-local`;
  const suffix = createHash("sha256").update(name).digest("hex").slice(0, 6);
  const arn = arnOf(place, "secretsmanager", `secret:${name}-${suffix}`);
  return { name, ref: arn, attributes: { Id: arn, Arn: arn } };
}

function restApi({ logicalId }: Named): Identity {
  const id = apiId(logicalId);
  return { name: id, ref: id, attributes: { RestApiId: id, RootResourceId: `${id}-root` } };
}

function webSocketApi({ logicalId }: Named, place: Place): Identity {
  const id = apiId(logicalId);
  const endpoint = `wss://${id}.execute-api.${place.region}.amazonaws.com`;
  return { name: id, ref: id, attributes: { ApiId: id, ApiEndpoint: endpoint } };
}

function stage({ logicalId, givenName }: Named): Identity {
  const name = givenName ?? logicalId;
  return { name, ref: name, attributes: {} };
}

function topic(named: Named, place: Place): Identity {
  const identity = simple("sns", "", "arn")(named, place);
  identity.attributes = { ...identity.attributes, TopicArn: identity.ref, TopicName: identity.name };
  return identity;
}

function key(named: Named, place: Place): Identity {
  const identity = simple("kms", "key/")(named, place);
  identity.attributes = { ...identity.attributes, KeyId: identity.name };
  return identity;
}

function logGroup({ logicalId, givenName }: Named, place: Place): Identity {
  const name = givenName ?? logicalId;
  return { name, ref: name, attributes: { Arn: arnOf(place, "logs", `log-group:${name}:*`) } };
}

/** Resource type -> the property that may give its name, and what its names are. */
const identities: Record<string, { nameProperty?: string; of: (named: Named, place: Place) => Identity }> = {
  "AWS::ApiGateway::RestApi": { of: restApi },
  "AWS::ApiGateway::Stage": { nameProperty: "StageName", of: stage },
  "AWS::ApiGatewayV2::Api": { of: webSocketApi },
  "AWS::ApiGatewayV2::Stage": { nameProperty: "StageName", of: stage },
  "AWS::CloudWatch::Alarm": { nameProperty: "AlarmName", of: simple("cloudwatch", "alarm:") },
  "AWS::CloudWatch::CompositeAlarm": { nameProperty: "AlarmName", of: simple("cloudwatch", "alarm:") },
  "AWS::DynamoDB::GlobalTable": { nameProperty: "TableName", of: simple("dynamodb", "table/") },
  "AWS::Events::Rule": { nameProperty: "Name", of: simple("events", "rule/") },
  "AWS::IAM::Role": { nameProperty: "RoleName", of: role },
  "AWS::KMS::Key": { of: key },
  "AWS::Lambda::Function": { nameProperty: "FunctionName", of: simple("lambda", "function:") },
  "AWS::Logs::LogGroup": { nameProperty: "LogGroupName", of: logGroup },
  "AWS::SNS::Topic": { nameProperty: "TopicName", of: topic },
  "AWS::SQS::Queue": { nameProperty: "QueueName", of: queue },
  "AWS::Scheduler::ScheduleGroup": { nameProperty: "Name", of: simple("scheduler", "schedule-group/") },
  "AWS::SecretsManager::Secret": { nameProperty: "Name", of: secret },
};

export function namePropertyOf(type: string): string | undefined {
  return identities[type]?.nameProperty;
}

export function identify(type: string, named: Named, place: Place): Identity {
  return (identities[type]?.of ?? plain)(named, place);
}
