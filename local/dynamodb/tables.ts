import type { Input } from "../iam/demand.ts";
import type { Table, TableKey } from "../template/model.ts";
import type { EngineClient } from "./engine-client.ts";

const schemaOf = (keys: TableKey[]) => keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role }));

function attributesOf(table: Table) {
  const keys = [...table.keys, ...table.indexes.flatMap((index) => index.keys)];
  const types = new Map(keys.map(({ name, type }) => [name, type]));
  return [...types].map(([name, type]) => ({ AttributeName: name, AttributeType: type }));
}

function indexInput({ name, keys, projection, include }: Table["indexes"][number]) {
  return {
    IndexName: name,
    KeySchema: schemaOf(keys),
    Projection: {
      ProjectionType: projection,
      ...(projection === "INCLUDE" && { NonKeyAttributes: include }),
    },
  };
}

function createInput(table: Table): Input {
  return {
    TableName: table.name,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: schemaOf(table.keys),
    AttributeDefinitions: attributesOf(table),
    ...(table.indexes.length > 0 && { GlobalSecondaryIndexes: table.indexes.map(indexInput) }),
  };
}

async function addMissingIndexes(engine: EngineClient, table: Table): Promise<void> {
  const { Table: existing } = (await engine.call("DescribeTable", { TableName: table.name })) as {
    Table: { GlobalSecondaryIndexes?: { IndexName: string }[] };
  };
  const known = new Set(existing.GlobalSecondaryIndexes?.map((index) => index.IndexName));
  for (const index of table.indexes.filter((candidate) => !known.has(candidate.name))) {
    await engine.call("UpdateTable", {
      TableName: table.name,
      AttributeDefinitions: attributesOf(table),
      GlobalSecondaryIndexUpdates: [{ Create: indexInput(index) }],
    });
  }
}

async function enableTtl(engine: EngineClient, table: Table): Promise<void> {
  if (!table.ttlAttribute) return;
  const now = (await engine.call("DescribeTimeToLive", { TableName: table.name })) as {
    TimeToLiveDescription?: { TimeToLiveStatus?: string };
  };
  if (now.TimeToLiveDescription?.TimeToLiveStatus === "ENABLED") return;
  await engine.call("UpdateTimeToLive", {
    TableName: table.name,
    TimeToLiveSpecification: { Enabled: true, AttributeName: table.ttlAttribute },
  });
}

/** Creates what the engine does not have yet: a restart finds its tables and keeps them. */
export async function ensureTables(engine: EngineClient, tables: readonly Table[]): Promise<void> {
  const { TableNames } = (await engine.call("ListTables", {})) as { TableNames: string[] };
  for (const table of tables) {
    if (TableNames.includes(table.name)) await addMissingIndexes(engine, table);
    else await engine.call("CreateTable", createInput(table));
    await enableTtl(engine, table);
  }
}
