import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { type LoadLimits, loadLevel, type Pressure } from "../core/load/load-level.ts";
import { PRIORITIES, type Priority } from "../core/words.ts";
import { ENV, QUEUE_KEYS, type QueueKey } from "../names.ts";
import type { Load } from "../storage/load.ts";
import { AGE_GOOD_FOR_MS, queueAgeStore, waitOf } from "../storage/queue-ages.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { need, queueUrl } from "./env.ts";
import { metric } from "./metrics.ts";

/** What waits in the queues, per priority. */
export type Pressures = Record<Priority, Pressure>;

/** What the queues told: per priority, and what only the reconciler and the alarms ask. */
export type Seen = {
  pressures: Pressures;
  /** How long the oldest plan waits. */
  planOldestS: Record<Priority, number>;
  /** The most messages that one queue has in flight. */
  inFlight: number;
  /** How long the oldest high-priority message waits; where nobody receives any, as long as that is so. */
  highOldestS: number;
  /** The same of the queues that belong to no priority. */
  sideOldestS: number;
};

export async function readPressures(): Promise<Seen> {
  const [counts, ages] = await Promise.all([
    Promise.all(QUEUE_KEYS.map(async (key) => ({ key, ...(await messagesIn(key)) }))),
    queueAgeStore(tableOf("guard"), now).read(),
  ]);
  const oldestS = (queues: typeof counts) =>
    Math.max(0, ...queues.map(({ key }) => waitOf(ages.get(key)) / 1000));
  const filled = counts.filter(({ waiting }) => waiting > 0);
  const pressureOf = (priority: Priority): Pressure => {
    const mine = filled.filter(({ key }) => isOf(key, priority));
    return { backlog: mine.reduce((sum, { waiting }) => sum + waiting, 0), oldestS: oldestS(mine) };
  };
  const longest = (queues: typeof counts): number => {
    const unreceived = queues.some(({ key }) => !ages.has(key));
    return Math.max(oldestS(queues), unreceived ? AGE_GOOD_FOR_MS / 1000 : 0);
  };
  const pressures = byPriority(pressureOf);
  return {
    pressures,
    planOldestS: byPriority((priority) => oldestS(filled.filter(({ key }) => key === `plan-${priority}`))),
    highOldestS: longest(filled.filter(({ key }) => isOf(key, "high"))),
    sideOldestS: longest(filled.filter(({ key }) => SIDE.has(key))),
    inFlight: Math.max(...counts.map(({ inFlight }) => inFlight)),
  };
}

const byPriority = <T>(of: (priority: Priority) => T): Record<Priority, T> => ({
  high: of("high"),
  normal: of("normal"),
  low: of("low"),
});

const SIDE: ReadonlySet<QueueKey> = new Set(["ingest", "receipts"]);

/** Where normal and low share a queue, what waits there waits for both. */
const isOf = (key: QueueKey, priority: Priority): boolean =>
  key.endsWith(`-${priority}`) || (priority !== "high" && key.endsWith("-bulk"));

/**
 * The level from which requests are refused. It follows what waits in the queues alone: one notification that cannot be
 * planned is no load, and must not have everybody's refused.
 */
export function loadOf(pressures: Pressures, oldestUnplannedS: number): Load {
  const level = loadLevel(pressures, JSON.parse(need(ENV.loadLevels)) as LoadLimits);
  const backlog = byPriority((priority) => pressures[priority].backlog);
  return { level, atMs: now(), backlog, oldestUnplannedS };
}

/** Each metric has its price by the hour: what is zero is not told, and missing data alarms nobody. */
export function observeLoad({ level, backlog }: Load, { highOldestS, sideOldestS, inFlight }: Seen): void {
  if (highOldestS > 0) metric("highOldestS", highOldestS, { unit: "Seconds" });
  if (sideOldestS > 0) metric("sideOldestS", sideOldestS, { unit: "Seconds" });
  if (level !== "normal") metric("loadLevel", { medium: 1, high: 2 }[level], { unit: "None" });
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
