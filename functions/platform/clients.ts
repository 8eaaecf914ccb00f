import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { TableKey } from "../names.ts";
import { type Table, table } from "../storage/table.ts";
import { tableName } from "./env.ts";

/**
 * One client per service and environment, made on first use; three attempts with the SDK's own backoff. Nobody changes
 * a client's middleware: resolved once, it saves a tenth of each call's CPU.
 */
const CONFIG = { maxAttempts: 3, cacheMiddleware: true } as const;

let dynamodb: DynamoDBClient | undefined;
let sqs: SQSClient | undefined;

export const dynamodbClient = (): DynamoDBClient => (dynamodb ??= new DynamoDBClient(CONFIG));
export const sqsClient = (): SQSClient => (sqs ??= new SQSClient(CONFIG));

const tables = new Map<TableKey, Table>();

export function tableOf(key: TableKey): Table {
  const known = tables.get(key) ?? table(dynamodbClient(), tableName(key));
  tables.set(key, known);
  return known;
}

export const now = (): number => Date.now();
