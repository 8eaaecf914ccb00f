import { type Input, textOf } from "../iam/demand.ts";
import type { Table, TableKey } from "../template/model.ts";

export type PartitionUse = { table: string; pk: string | undefined };
export type BatchEntry = PartitionUse & { rawTable: string; request: unknown };

type AttributeValue = { S?: string; N?: string; B?: string };

const nameOf = (tableOrArn: string) => tableOrArn.slice(tableOrArn.lastIndexOf("/") + 1);
const hashOf = (keys: readonly TableKey[] | undefined) => keys?.find((key) => key.role === "HASH")?.name;

function attributeOf(item: unknown, attribute: string | undefined): string | undefined {
  if (!attribute || item === null || typeof item !== "object") return undefined;
  const value = (item as Record<string, AttributeValue | undefined>)[attribute];
  return value?.S ?? value?.N ?? value?.B;
}

/** The value that the key condition sets equal to the partition key. */
function queriedPartition(input: Input, hash: string | undefined): string | undefined {
  const names = (input["ExpressionAttributeNames"] as Record<string, string> | undefined) ?? {};
  const values = (input["ExpressionAttributeValues"] as Record<string, AttributeValue> | undefined) ?? {};
  for (const [, name, placeholder] of textOf(input, "KeyConditionExpression").matchAll(
    /([#\w.-]+)\s*=\s*(:\w+)/g,
  )) {
    if ((names[name!] ?? name) === hash) return attributeOf(values, placeholder);
  }
  return undefined;
}

function singleUse(tables: readonly Table[], input: Input): PartitionUse {
  const name = nameOf(textOf(input, "TableName"));
  const table = tables.find((candidate) => candidate.name === name);
  const index = table?.indexes.find((candidate) => candidate.name === input["IndexName"]);
  const hash = hashOf(index?.keys ?? table?.keys);
  const pk =
    attributeOf(input["Key"], hash) ?? attributeOf(input["Item"], hash) ?? queriedPartition(input, hash);
  return { table: name, pk };
}

type WriteRequest = { PutRequest?: { Item: unknown }; DeleteRequest?: { Key: unknown } };

export function batchEntries(tables: readonly Table[], operation: string, input: Input): BatchEntry[] {
  const byTable = (input["RequestItems"] as Input | undefined) ?? {};
  return Object.entries(byTable).flatMap(([rawTable, requests]) => {
    const table = nameOf(rawTable);
    const hash = hashOf(tables.find((candidate) => candidate.name === table)?.keys);
    if (operation === "BatchGetItem") {
      const keys = (requests as { Keys: unknown[] }).Keys;
      return keys.map((key) => ({ table, rawTable, request: key, pk: attributeOf(key, hash) }));
    }
    return (requests as WriteRequest[]).map((request) => ({
      table,
      rawTable,
      request,
      pk: attributeOf(request.PutRequest?.Item ?? request.DeleteRequest?.Key, hash),
    }));
  });
}

export function partitionsUsed(tables: readonly Table[], operation: string, input: Input): PartitionUse[] {
  if (operation.startsWith("Batch")) return batchEntries(tables, operation, input);
  if (operation.startsWith("Transact")) {
    const items = (input["TransactItems"] as Record<string, Input>[] | undefined) ?? [];
    return items.flatMap((item) => Object.values(item).map((part) => singleUse(tables, part)));
  }
  return [singleUse(tables, input)];
}

type KeysRequest = { Keys: unknown[] };

function split(operation: string, input: Input, held: ReadonlySet<unknown>) {
  const kept: Input = {};
  const left: Input = {};
  const put = (target: Input, table: string, requests: unknown, items: unknown[]) => {
    if (items.length === 0) return;
    target[table] = operation === "BatchGetItem" ? { ...(requests as KeysRequest), Keys: items } : items;
  };
  for (const [table, requests] of Object.entries(input["RequestItems"] as Input)) {
    const items = operation === "BatchGetItem" ? (requests as KeysRequest).Keys : (requests as unknown[]);
    put(
      kept,
      table,
      requests,
      items.filter((item) => !held.has(item)),
    );
    put(
      left,
      table,
      requests,
      items.filter((item) => held.has(item)),
    );
  }
  return { kept, left };
}

/** Sends the engine the rest, and answers the held entries as unprocessed. */
export function withoutEntries(operation: string, input: Input, entries: BatchEntry[]) {
  const held = new Set(entries.map((entry) => entry.request));
  const { kept, left } = split(operation, input, held);
  const member = operation === "BatchGetItem" ? "UnprocessedKeys" : "UnprocessedItems";
  return {
    input: { ...input, RequestItems: kept },
    finish: (output: Input): Input => ({ ...output, [member]: { ...(output[member] as Input), ...left } }),
  };
}
