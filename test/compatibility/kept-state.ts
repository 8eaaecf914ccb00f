import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../e2e/harness.ts";

/** DynamoDB's own JSON, as a backup holds it. */
export type Row = Record<string, unknown>;
export type KeptMessage = { queue: string; body: string; group: string };

/** What a version of the service had in its tables and queues at a moment: notifications at every stage. */
export type KeptState = {
  version: string;
  recordedAtMs: number;
  /** Only app of the state; its credentials are made anew. */
  app: string;
  rows: Record<KeptTable, Row[]>;
  messages: KeptMessage[];
};

/** Tables whose rows are under way or were written by people's devices. Guard's are counters and short-lived tokens. */
export const KEPT_TABLES = ["Directory", "Delivery", "Inbox"] as const;
export type KeptTable = (typeof KEPT_TABLES)[number];

const FOLDER = import.meta.dirname;
export const fileOf = (version: string): string => join(FOLDER, `${version}.json`);
export const keptState = (version: string): KeptState =>
  JSON.parse(readFileSync(fileOf(version), "utf8")) as KeptState;

type Called = { Items?: Row[] };
const asAdmin = ({ runtime }: World, action: string, input: object) =>
  runtime.door.call({ kind: "admin" }, "dynamodb", action, input as Record<string, unknown>);

const tableOf = ({ runtime }: World, name: string): string => {
  const found = runtime.deployment.tables.find(({ logicalId }) => logicalId.startsWith(name));
  assert.ok(found, `no table ${name}`);
  return found.name;
};

/** Every row of a table. */
export async function rowsOf(world: World, name: string): Promise<Row[]> {
  const { Items = [] } = (await asAdmin(world, "Scan", {
    TableName: tableOf(world, name),
    ConsistentRead: true,
  })) as Called;
  return Items;
}

export async function putRows(world: World, name: string, rows: readonly Row[]): Promise<void> {
  for (const Item of rows) await asAdmin(world, "PutItem", { TableName: tableOf(world, name), Item });
}

/** By the queue's place in the stack; CloudFormation's hash behind it may change with every version. */
export const queueUrl = ({ runtime }: World, name: string): string => {
  const found = runtime.deployment.queues.find(({ logicalId }) => logicalId.slice(0, -8) === name);
  assert.ok(found, `no queue ${name}`);
  return runtime.door.sqs.queueUrl(found.name);
};
