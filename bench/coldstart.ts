import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENV, QUEUE_KEYS, queueEnv, type TableKey, tableEnv } from "../functions/names.ts";
import { type Bundle, bundle, eagerBytes } from "../lib/bundling/bundle.ts";

const ROUNDS = 21;
const TABLES: TableKey[] = ["directory", "catalog", "delivery", "inbox", "guard", "connections"];
const DISPATCHERS = ["dispatch-mobile-push", "dispatch-web-push", "dispatch-in-app"];

/** Just what `send` imports of AWS when it starts: the floor of any function that does its work with the SDK. */
const SDK_ONLY = `
export { BatchGetItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
export { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
export { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
`;

/** The same with its clients made, as `send` has them when it is ready for a request. */
const SDK_READY = `
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
export const clients = [new DynamoDBClient({ maxAttempts: 3 }), new SQSClient({ maxAttempts: 3 })];
${SDK_ONLY}`;

/** What a cold start loads: the bundle that ships, in a fresh process each time, beside a bundle of its SDK clients. */
export async function coldstart(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const floorSource = join(import.meta.dirname, ".sdk-only.ts");
  const floor = (name: string, source: string) => {
    writeFileSync(floorSource, source);
    return bundle(name, floorSource, folder);
  };
  try {
    const send = bundle("send", "functions/handlers/http/send.ts", folder);
    const [sdk, ready] = [floor("sdk", SDK_ONLY), floor("sdk-ready", SDK_READY)];
    const times = { send: [] as number[], sdk: [] as number[], ready: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.send.push(importMs(send));
      times.sdk.push(importMs(sdk));
      times.ready.push(importMs(ready));
    }
    const largest = Math.max(
      ...DISPATCHERS.map((name) => eagerBytes(bundle(name, `functions/handlers/queue/${name}.ts`, folder))),
    );
    return {
      send_import_vs_sdk: rounded(median(times.send) / median(times.sdk), 2),
      send_import_vs_sdk_ready: rounded(median(times.send) / median(times.ready), 2),
      send_import_ms: rounded(median(times.send), 1),
      sdk_import_ms: rounded(median(times.sdk), 1),
      sdk_ready_ms: rounded(median(times.ready), 1),
      send_kb: rounded(eagerBytes(send) / 1024, 0),
      sdk_kb: rounded(eagerBytes(sdk) / 1024, 0),
      largest_dispatcher_kb: rounded(largest / 1024, 0),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(floorSource, { force: true });
  }
}

const IMPORT = `
const start = performance.now();
await import(process.env.BUNDLE);
process.stdout.write(String(performance.now() - start));
process.exit(0);
`;

/** A function's environment: modules look at it while they load. */
const ENVIRONMENT = Object.fromEntries([
  ["AWS_REGION", "us-east-1"],
  ...[...Object.values(ENV), ...QUEUE_KEYS.map(queueEnv), ...TABLES.map(tableEnv)].map((name) => [name, "x"]),
  [ENV.settings, "{}"],
  [ENV.egress, "{}"],
]) as Record<string, string>;

function importMs({ folder }: Bundle): number {
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", IMPORT], {
    env: { ...process.env, ...ENVIRONMENT, BUNDLE: join(folder, "index.mjs") },
    encoding: "utf8",
  });
  return Number(out);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
