/** Queues and what topics send to them, tables, secrets. */

import type { Queue, Secret, Table, TableKey } from "./model.ts";
import { isTrue, number, optionalText, record, records, text, texts } from "./property.ts";
import { statementsOf } from "./read-access.ts";
import type { Properties, ResolvedResource, World } from "./world.ts";

const FOUR_DAYS_S = 345_600;
const ONE_MIB = 1_048_576;

function readQueue(resource: ResolvedResource): Queue {
  const properties = resource.properties();
  if (isTrue(properties["FifoQueue"])) {
    throw new Error(`${resource.stack}/${resource.logicalId}: FIFO queues are not run here`);
  }
  const redrive = record(properties["RedrivePolicy"]);
  const deadLetterArn = optionalText(redrive, "deadLetterTargetArn");
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attributes["Arn"] ?? "",
    visibilityTimeoutS: number(properties, "VisibilityTimeout", 30),
    delayS: number(properties, "DelaySeconds", 0),
    retentionS: number(properties, "MessageRetentionPeriod", FOUR_DAYS_S),
    maximumMessageBytes: number(properties, "MaximumMessageSize", ONE_MIB),
    ...(deadLetterArn && {
      redrive: { deadLetterArn, maxReceiveCount: number(redrive, "maxReceiveCount", 10) },
    }),
    policy: [],
  };
}

export function readQueues(world: World): Queue[] {
  const resources = world.ofType("AWS::SQS::Queue");
  const queues = resources.map(readQueue);
  for (const policy of world.ofType("AWS::SQS::QueuePolicy")) {
    const properties = policy.properties();
    const statements = statementsOf(properties["PolicyDocument"], policy.logicalId);
    for (const url of texts(properties["Queues"])) {
      const index = resources.findIndex((resource) => resource.ref === url);
      if (index < 0) throw new Error(`${policy.logicalId}: no queue ${url} in the template`);
      queues[index]?.policy.push(...statements);
    }
  }
  return queues;
}

/** People who are subscribed (to alarms) are not: nothing alarms here. */
export function readSubscriptions(world: World): { topicArn: string; queueArn: string }[] {
  return world.ofType("AWS::SNS::Subscription").flatMap((resource) => {
    const properties = resource.properties();
    if (properties["Protocol"] !== "sqs") return [];
    if (!isTrue(properties["RawMessageDelivery"]))
      throw new Error(`${resource.logicalId}: only raw messages go from topics to queues here`);
    return [{ topicArn: text(resource, "TopicArn"), queueArn: text(resource, "Endpoint") }];
  });
}

function keysOf(schema: unknown, types: Map<string, string>): TableKey[] {
  return records(schema).map((key) => {
    const name = String(key["AttributeName"]);
    const type = (types.get(name) ?? "S") as TableKey["type"];
    return { name, type, role: key["KeyType"] === "RANGE" ? "RANGE" : "HASH" };
  });
}

function readIndex(index: Properties, types: Map<string, string>): Table["indexes"][number] {
  const projection = record(index["Projection"]);
  return {
    name: String(index["IndexName"]),
    keys: keysOf(index["KeySchema"], types),
    projection: (optionalText(projection, "ProjectionType") ?? "ALL") as "ALL" | "KEYS_ONLY" | "INCLUDE",
    include: texts(projection["NonKeyAttributes"]),
  };
}

export function readTables(world: World): Table[] {
  return world.ofType("AWS::DynamoDB::GlobalTable").map((resource) => {
    const properties = resource.properties();
    if (properties["LocalSecondaryIndexes"] !== undefined) {
      throw new Error(`${resource.stack}/${resource.logicalId}: local secondary indexes are not run here`);
    }
    const definitions = records(properties["AttributeDefinitions"]);
    const types = new Map(
      definitions.map((one) => [String(one["AttributeName"]), String(one["AttributeType"])]),
    );
    const ttl = record(properties["TimeToLiveSpecification"]);
    const ttlAttribute = isTrue(ttl["Enabled"]) ? optionalText(ttl, "AttributeName") : undefined;
    const recovery = record(records(properties["Replicas"])[0]?.["PointInTimeRecoverySpecification"]);
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes["Arn"] ?? "",
      keys: keysOf(properties["KeySchema"], types),
      indexes: records(properties["GlobalSecondaryIndexes"]).map((index) => readIndex(index, types)),
      ...(ttlAttribute && { ttlAttribute }),
      pointInTimeRecovery: isTrue(recovery["PointInTimeRecoveryEnabled"]),
    };
  });
}

function generationOf(properties: Properties): Secret["generate"] {
  if (properties["GenerateSecretString"] === undefined) return undefined;
  const generate = record(properties["GenerateSecretString"]);
  const template = optionalText(generate, "SecretStringTemplate");
  const key = optionalText(generate, "GenerateStringKey");
  return {
    ...(template && { template }),
    ...(key && { key }),
    length: number(generate, "PasswordLength", 32),
    excludePunctuation: isTrue(generate["ExcludePunctuation"]),
  };
}

export function readSecrets(world: World): Secret[] {
  return world.ofType("AWS::SecretsManager::Secret").map((resource) => {
    const properties = resource.properties();
    const generate = generationOf(properties);
    const literal = optionalText(properties, "SecretString");
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes["Arn"] ?? "",
      ...(generate && { generate }),
      ...(literal !== undefined && { literal }),
    };
  });
}
