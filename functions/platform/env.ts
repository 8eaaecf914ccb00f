import {
  CONSUMERS,
  type Consumer,
  deadLettersEnv,
  ENV,
  QUEUE_KEYS,
  type QueueKey,
  queueEnv,
  type RuntimeSettings,
  type TableKey,
  tableEnv,
} from "../names.ts";

/** @throws Error naming the variable: the function was deployed without a binding that its code needs */
export function need(name: string, said = name): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`environment variable ${said} is missing: bind it in lib/constructs`);
  return value;
}

export const tableName = (key: TableKey): string => need(tableEnv(key));
export const queueUrl = (key: QueueKey): string => urlOf(queueEnv(key), QUEUE_KEYS.indexOf(key));
export const deadLettersUrl = (consumer: Consumer): string =>
  urlOf(deadLettersEnv(consumer), QUEUE_KEYS.length + CONSUMERS.indexOf(consumer));

/** Queues are told by name, all of them in one list: their URLs are more than the 4 KB of a function's environment. */
function urlOf(variable: string, place: number): string {
  const queue = process.env[variable] || need(ENV.allQueues, variable).split(",")[place]!;
  return queue.includes("/") ? queue : need(ENV.queueUrl).replace(/[^/]+$/, queue);
}

let parsed: RuntimeSettings | undefined;

/** The operator's configuration, as far as functions need it. */
export function settings(): RuntimeSettings {
  parsed ??= JSON.parse(need(ENV.settings)) as RuntimeSettings;
  return parsed;
}
