import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { QueueCounts } from "../core/api/app-answers.ts";
import { PRIORITIES } from "../core/words.ts";
import { CONSUMERS, type Consumer, QUEUE_KEYS, type QueueKey } from "../names.ts";
import { loadStore } from "../storage/load.ts";
import { queueAgeStore } from "../storage/queue-ages.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { deadLettersUrl, queueUrl } from "./env.ts";

async function countsOf(url: string, ageMs?: number): Promise<QueueCounts> {
  const { Attributes = {} } = await sqsClient().send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ],
    }),
  );
  return {
    waiting: Number(Attributes["ApproximateNumberOfMessages"] ?? 0),
    inFlight: Number(Attributes["ApproximateNumberOfMessagesNotVisible"] ?? 0),
    delayed: Number(Attributes["ApproximateNumberOfMessagesDelayed"] ?? 0),
    oldestS: ageMs === undefined ? null : Math.round(ageMs / 100) / 10,
  };
}

function together(all: readonly QueueCounts[]): QueueCounts {
  const sum = (of: (counts: QueueCounts) => number) => all.reduce((total, counts) => total + of(counts), 0);
  const ages = all.flatMap(({ oldestS }) => (oldestS === null ? [] : [oldestS]));
  return {
    waiting: sum(({ waiting }) => waiting),
    inFlight: sum(({ inFlight }) => inFlight),
    delayed: sum(({ delayed }) => delayed),
    oldestS: ages.length === 0 ? null : Math.max(...ages),
  };
}

/** Messages in each consumer's dead-letter queue. */
export const deadLetterCounts = (): Promise<(readonly [Consumer, number])[]> =>
  Promise.all(
    CONSUMERS.map(
      async (consumer) => [consumer, (await countsOf(deadLettersUrl(consumer))).waiting] as const,
    ),
  );

/** All queues, per priority and per consumer. */
export async function queueCounts() {
  const ages = await queueAgeStore(tableOf("guard"), now).read();
  const [queues, dead, load] = await Promise.all([
    Promise.all(
      QUEUE_KEYS.map(async (key) => [key, await countsOf(queueUrl(key), ages.get(key)?.ageMs)] as const),
    ),
    deadLetterCounts(),
    loadStore(tableOf("guard")).read(),
  ]);
  const byKey = new Map<QueueKey, QueueCounts>(queues);
  const priorities = PRIORITIES.map((priority) => {
    // Where normal and low share a queue, it is shown with normal.
    const mine = queues.filter(
      ([key]) => key.endsWith(`-${priority}`) || (priority === "normal" && key.endsWith("-bulk")),
    );
    return [
      priority,
      { ...together(mine.map(([, counts]) => counts)), queues: Object.fromEntries(mine) },
    ] as const;
  });
  return {
    priorities: Object.fromEntries(priorities),
    ingest: byKey.get("ingest") ?? together([]),
    receipts: byKey.get("receipts") ?? together([]),
    dead: Object.fromEntries(dead),
    oldestUnplannedS: load?.oldestUnplannedS ?? null,
  };
}
