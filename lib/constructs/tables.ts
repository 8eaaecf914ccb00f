import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import { Key } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { DELIVERY_INDEX, type TableKey, tableEnv } from "../../functions/names.ts";
import type { Config } from "../config/config.ts";
import type { ClarionFunction } from "./function.ts";

const STRING = AttributeType.STRING;
const NUMBER = AttributeType.NUMBER;

export type TableAction =
  | "GetItem"
  | "BatchGetItem"
  | "Query"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "ConditionCheckItem";

/** One DynamoDB table; `bind` gives a function its name and exactly the actions it names. */
export class ClarionTable extends Construct {
  readonly table: TableV2;
  readonly key: TableKey;

  constructor(scope: Construct, key: TableKey, props: TablePropsV2) {
    super(scope, key[0]!.toUpperCase() + key.slice(1));
    this.key = key;
    this.table = new TableV2(this, "Table", { billing: Billing.onDemand(), ...props });
  }
}

/** Binds a table that may live in another stack: environment and one statement per function and table. */
export function bindTable(
  fn: ClarionFunction,
  key: TableKey,
  table: ITableV2,
  actions: TableAction[],
  indexes: string[] = [],
): void {
  fn.env(tableEnv(key), table.tableName);
  const sid = `${key[0]!.toUpperCase()}${key.slice(1)}Table`;
  fn.allow(
    sid,
    actions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
  );
  for (const index of indexes) {
    fn.allow(
      `${sid}${index[0]!.toUpperCase()}${index.slice(1)}Index`,
      ["dynamodb:Query"],
      [`${table.tableArn}/index/${index}`],
    );
  }
}

export type Tables = Record<TableKey, ClarionTable>;

/** The six tables, one per life cycle (docs/architecture.md). */
export function makeTables(scope: Construct, config: Config): Tables {
  const kept: Partial<TablePropsV2> = {
    deletionProtection: config.retainState,
    removalPolicy: config.retainState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    encryption: config.kmsKeyArn
      ? TableEncryptionV2.customerManagedKey(Key.fromKeyArn(scope, "Key", config.kmsKeyArn))
      : TableEncryptionV2.dynamoOwnedKey(),
  };
  const recovery = { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } };
  const keys = { partitionKey: { name: "pk", type: STRING }, sortKey: { name: "sk", type: STRING } };
  const ttl = { timeToLiveAttribute: "ttl" };
  const table = (key: TableKey, props: Partial<TablePropsV2>) =>
    new ClarionTable(scope, key, { ...kept, ...keys, ...props } as TablePropsV2);
  return {
    directory: table("directory", { ...recovery, ...ttl }),
    catalog: table("catalog", recovery),
    delivery: table("delivery", {
      ...recovery,
      ...ttl,
      globalSecondaryIndexes: [
        {
          indexName: DELIVERY_INDEX.due,
          partitionKey: { name: "duePk", type: STRING },
          sortKey: { name: "dueAt", type: NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: DELIVERY_INDEX.byTime,
          partitionKey: { name: "timePk", type: STRING },
          sortKey: { name: "timeSk", type: STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ["category"],
        },
      ],
    }),
    inbox: table("inbox", { ...recovery, ...ttl }),
    guard: new ClarionTable(scope, "guard", {
      ...kept,
      partitionKey: { name: "pk", type: STRING },
      ...ttl,
    } as TablePropsV2),
    connections: table("connections", ttl),
  };
}
