import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { TableKey } from "../names.ts";
import { type Table, table } from "../storage/table.ts";
import { AWS_CALLS, withoutLogger } from "./aws-calls.ts";
import { tableName } from "./env.ts";
import { metric } from "./metrics.ts";

/**
 * One client per service and environment, made on first use. Nobody changes a client's middleware: resolved once, it
 * saves a tenth of each call's CPU.
 */
const CONFIG = { ...AWS_CALLS, cacheMiddleware: true } as const;

let dynamodb: DynamoDBClient | undefined;
let sqs: SQSClient | undefined;

export const dynamodbClient = (): DynamoDBClient =>
  (dynamodb ??= tellingThrottles(withoutLogger(new DynamoDBClient(CONFIG))));
export const sqsClient = (): SQSClient => (sqs ??= withoutLogger(new SQSClient(CONFIG)));

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
]);

/** Each attempt that is throttled is told as it happens: a metric of every table would cost while nothing happens. */
function tellingThrottles(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && THROTTLED.has(error.name)) metric("throttles", 1);
        throw error;
      }
    },
    // Inside of the SDK's own repeating, where errors have their names.
    { name: "tellThrottles", step: "deserialize", priority: "high" },
  );
  return client;
}

const tables = new Map<TableKey, Table>();

export function tableOf(key: TableKey): Table {
  const known = tables.get(key) ?? table(dynamodbClient(), tableName(key));
  tables.set(key, known);
  return known;
}

export const now = (): number => Date.now();
