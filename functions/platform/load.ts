import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { loadLevel, type Pressure } from "../core/load/load-level.ts";
import { PRIORITIES, type Priority } from "../core/words.ts";
import { QUEUE_KEYS, type QueueKey } from "../names.ts";
import type { Load } from "../storage/load.ts";
import { queueAgeStore, waitOf } from "../storage/queue-ages.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { queueUrl, settings } from "./env.ts";
import { metric } from "./metrics.ts";

/** What waits in the queues, per priority. */
export type Pressures = Record<Priority, Pressure>;

/** What waits per priority, and for how long. */
export async function readPressures(): Promise<Pressures> {
  const [counts, ages] = await Promise.all([
    Promise.all(QUEUE_KEYS.map(async (key) => [key, await waitingIn(key)] as const)),
    queueAgeStore(tableOf("guard"), now).read(),
  ]);
  const pressureOf = (priority: Priority): Pressure => {
    const mine = counts.filter(([key, waiting]) => key.endsWith(`-${priority}`) && waiting > 0);
    return {
      backlog: mine.reduce((sum, [, waiting]) => sum + waiting, 0),
      oldestS: Math.max(0, ...mine.map(([key]) => waitOf(ages.get(key)) / 1000)),
    };
  };
  return { high: pressureOf("high"), normal: pressureOf("normal"), low: pressureOf("low") };
}

/** The level from which requests are refused; what was accepted and not planned may be of any priority. */
export function loadOf(pressures: Pressures, oldestUnplannedS: number): Load {
  const { high, normal, low } = pressures;
  const oldestS = Math.max(normal.oldestS, oldestUnplannedS);
  const level = loadLevel({ high, normal: { ...normal, oldestS }, low }, settings().loadLevels);
  const backlog = { high: high.backlog, normal: normal.backlog, low: low.backlog };
  return { level, atMs: now(), backlog, oldestUnplannedS };
}

export function observeLoad({ level, backlog, oldestUnplannedS }: Load): void {
  metric("loadLevel", { normal: 0, medium: 1, high: 2 }[level], { unit: "None" });
  metric("oldestUnplannedS", oldestUnplannedS, { unit: "Seconds" });
  for (const priority of PRIORITIES)
    metric("pending", backlog[priority], { dimensions: { priority }, by: [["priority"]] });
}

async function waitingIn(key: QueueKey): Promise<number> {
  const { Attributes } = await sqsClient().send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(key),
      AttributeNames: ["ApproximateNumberOfMessages"],
    }),
  );
  return Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0);
}
