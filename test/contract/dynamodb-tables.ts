import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DELIVERY_INDEX } from "../../functions/names.ts";
import { type Table, table } from "../../functions/storage/table.ts";
import { startEngineProcess } from "../../local/dynamodb/engine-process.ts";

type KeyName = [name: string, type: "S" | "N"];

const keySchema = (keys: readonly KeyName[]) =>
  keys.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }) as const);

const DUE: KeyName[] = [
  ["duePk", "S"],
  ["dueAt", "N"],
];
const BY_TIME: KeyName[] = [
  ["timePk", "S"],
  ["timeSk", "S"],
];

/** A real engine with the six tables, in memory. */
export async function startTables() {
  const engine = await startEngineProcess({});
  const client = new DynamoDBClient({
    endpoint: engine.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const make = async (name: string, keys: KeyName[], indexes: { name: string; keys: KeyName[] }[] = []) => {
    const all = [...keys, ...indexes.flatMap((index) => index.keys)];
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: keySchema(keys),
        AttributeDefinitions: all.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
        ...(indexes.length > 0 && {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index.keys),
            Projection:
              index.name === DELIVERY_INDEX.byTime
                ? { ProjectionType: "INCLUDE" as const, NonKeyAttributes: ["state", "category"] }
                : { ProjectionType: "KEYS_ONLY" as const },
          })),
        }),
      }),
    );
    return table(client, name);
  };
  const both: KeyName[] = [
    ["pk", "S"],
    ["sk", "S"],
  ];
  const tables: Record<string, Table> = {
    directory: await make("directory", both),
    catalog: await make("catalog", both),
    delivery: await make("delivery", both, [
      { name: DELIVERY_INDEX.due, keys: DUE },
      { name: DELIVERY_INDEX.byTime, keys: BY_TIME },
    ]),
    inbox: await make("inbox", both),
    guard: await make("guard", [["pk", "S"]]),
    connections: await make("connections", both),
  };
  return {
    url: engine.url,
    tables: tables as Record<"directory" | "catalog" | "delivery" | "inbox" | "guard" | "connections", Table>,
    async close() {
      client.destroy();
      await engine.close();
    },
  };
}
