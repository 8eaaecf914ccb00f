import { AwsError } from "../door/aws-error.ts";
import { type Demand, type Input, type Place, textOf } from "./demand.ts";

const ITEM_OPERATIONS = new Set([
  "GetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "DescribeTable",
  "UpdateTable",
]);
const TABLE_OPERATIONS = new Set([
  ...ITEM_OPERATIONS,
  "DescribeTimeToLive",
  "UpdateTimeToLive",
  "CreateTable",
  "DeleteTable",
  "DescribeContinuousBackups",
]);
const TRANSACTION_ACTIONS: Record<string, string> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

export function tableArn(place: Place, table: string): string {
  return table.startsWith("arn:")
    ? table
    : `arn:aws:dynamodb:${place.region}:${place.account}:table/${table}`;
}

type TransactItem = Record<string, Input | undefined>;

/** A transaction needs the right to each of its operations, on each table, not a right of its own. */
function transactionDemands(place: Place, items: TransactItem[]): Demand[] {
  const seen = new Map<string, Demand>();
  for (const item of items) {
    for (const [kind, part] of Object.entries(item)) {
      const action = TRANSACTION_ACTIONS[kind];
      if (!action || !part) continue;
      const resource = tableArn(place, textOf(part, "TableName"));
      seen.set(`${action} ${resource}`, { action: `dynamodb:${action}`, resource });
    }
  }
  return [...seen.values()];
}

export function dynamodbDemands(place: Place, operation: string, input: Input): Demand[] {
  const action = `dynamodb:${operation}`;
  const table = tableArn(place, textOf(input, "TableName"));
  if (TABLE_OPERATIONS.has(operation)) return [{ action, resource: table }];
  if (operation === "Query" || operation === "Scan") {
    const index = textOf(input, "IndexName");
    return [{ action, resource: index ? `${table}/index/${index}` : table }];
  }
  if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
    return Object.keys((input["RequestItems"] as Input | undefined) ?? {}).map((name) => ({
      action,
      resource: tableArn(place, name),
    }));
  }
  if (operation === "TransactWriteItems" || operation === "TransactGetItems") {
    return transactionDemands(place, (input["TransactItems"] as TransactItem[] | undefined) ?? []);
  }
  if (operation === "ListTables") return [{ action, resource: "*" }];
  throw new AwsError(
    "UnknownOperationException",
    `dynamodb:${operation} is not served by the local front door: add its resource to local/iam/dynamodb-demands.ts.`,
  );
}
