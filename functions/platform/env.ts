import { ENV, type QueueKey, queueEnv, type RuntimeSettings, type TableKey, tableEnv } from "../names.ts";

/** @throws Error naming the variable: the function was deployed without a binding that its code needs */
export function need(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`environment variable ${name} is missing: bind it in lib/constructs`);
  return value;
}

export const tableName = (key: TableKey): string => need(tableEnv(key));
export const queueUrl = (key: QueueKey): string => need(queueEnv(key));

let parsed: RuntimeSettings | undefined;

/** The operator's configuration, as far as functions need it. */
export function settings(): RuntimeSettings {
  parsed ??= JSON.parse(need(ENV.settings)) as RuntimeSettings;
  return parsed;
}
