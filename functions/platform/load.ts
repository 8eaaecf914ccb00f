import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { loadLevel, type Pressure } from "../core/load/load-level.ts";
import { PRIORITIES, type Priority } from "../core/words.ts";
import { QUEUE_KEYS, type QueueKey } from "../names.ts";
import type { Load } from "../storage/load.ts";
import { AGE_GOOD_FOR_MS, queueAgeStore, waitOf } from "../storage/queue-ages.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { queueUrl, settings } from "./env.ts";
import { metric } from "./metrics.ts";

/** What waits in the queues, per priority. */
export type Pressures = Record<Priority, Pressure>;

/** What the queues told: per priority, and what only the alarms ask. */
export type Seen = {
  pressures: Pressures;
  /** The most messages that one queue has in flight. */
  inFlight: number;
  /** How long the oldest high-priority message waits; where nobody receives any, as long as that is so. */
  highOldestS: number;
};

export async function readPressures(): Promise<Seen> {
  const [counts, ages] = await Promise.all([
    Promise.all(QUEUE_KEYS.map(async (key) => ({ key, ...(await messagesIn(key)) }))),
    queueAgeStore(tableOf("guard"), now).read(),
  ]);
  const pressureOf = (priority: Priority): Pressure => {
    const mine = counts.filter(({ key, waiting }) => isOf(key, priority) && waiting > 0);
    return {
      backlog: mine.reduce((sum, { waiting }) => sum + waiting, 0),
      oldestS: Math.max(0, ...mine.map(({ key }) => waitOf(ages.get(key)) / 1000)),
    };
  };
  const unreceived = counts.some(({ key, waiting }) => isOf(key, "high") && waiting > 0 && !ages.has(key));
  const pressures = { high: pressureOf("high"), normal: pressureOf("normal"), low: pressureOf("low") };
  return {
    pressures,
    highOldestS: Math.max(pressures.high.oldestS, unreceived ? AGE_GOOD_FOR_MS / 1000 : 0),
    inFlight: Math.max(...counts.map(({ inFlight }) => inFlight)),
  };
}

/** Where normal and low share a queue, what waits there waits for both. */
const isOf = (key: QueueKey, priority: Priority): boolean =>
  key.endsWith(`-${priority}`) || (priority !== "high" && key.endsWith("-bulk"));

/** The level from which requests are refused; what was accepted and not planned may be of any priority. */
export function loadOf(pressures: Pressures, oldestUnplannedS: number): Load {
  const { high, normal, low } = pressures;
  const oldestS = Math.max(normal.oldestS, oldestUnplannedS);
  const level = loadLevel({ high, normal: { ...normal, oldestS }, low }, settings().loadLevels);
  const backlog = { high: high.backlog, normal: normal.backlog, low: low.backlog };
  return { level, atMs: now(), backlog, oldestUnplannedS };
}

/** Each metric has its price by the hour: what is zero is not told, and missing data alarms nobody. */
export function observeLoad(
  { level, backlog, oldestUnplannedS }: Load,
  { highOldestS, inFlight }: Seen,
): void {
  if (highOldestS > 0) metric("highOldestS", highOldestS, { unit: "Seconds" });
  if (level !== "normal") metric("loadLevel", { medium: 1, high: 2 }[level], { unit: "None" });
  if (oldestUnplannedS > 0) metric("oldestUnplannedS", oldestUnplannedS, { unit: "Seconds" });
  if (inFlight >= TOLD_IN_FLIGHT) metric("inFlight", inFlight);
  for (const priority of PRIORITIES)
    if (backlog[priority] > 0)
      metric("pending", backlog[priority], { dimensions: { priority }, by: [["priority"]] });
}

/** Far below SQS's 120,000 of one queue. */
const TOLD_IN_FLIGHT = 1_000;

async function messagesIn(key: QueueKey): Promise<{ waiting: number; inFlight: number }> {
  const { Attributes } = await sqsClient().send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(key),
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return {
    waiting: Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0),
    inFlight: Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? 0),
  };
}
