import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { type ExpirePorts, expireNotification } from "../../core/notification/expire.ts";
import type { Notification } from "../../core/notification/notification.ts";
import { type ReconcilePorts, reconcileOne } from "../../core/notification/reconcile.ts";
import { PRIORITIES, type Priority } from "../../core/words.ts";
import { QUEUE_KEYS, type QueueKey } from "../../names.ts";
import { now, sqsClient, tableOf } from "../../platform/clients.ts";
import { queueUrl, settings } from "../../platform/env.ts";
import { log } from "../../platform/log.ts";
import { metric } from "../../platform/metrics.ts";
import { enqueuePlan } from "../../platform/planning.ts";
import { dueNotifications } from "../../storage/due.ts";
import { headerStore } from "../../storage/headers.ts";
import { ledgerStore } from "../../storage/ledgers.ts";
import { type Load, type LoadLevel, loadStore } from "../../storage/load.ts";
import { planRowStore } from "../../storage/plan-rows.ts";
import { progressStore } from "../../storage/progress.ts";
import { ttlOf } from "../../storage/table.ts";

const KEPT_MS = 30 * 86_400_000;

/** Every minute: finds what was accepted and forgotten, ends what is over, and tells how loaded the queues are. */
export const handler = async (): Promise<{ looked: number }> => {
  const ports = reconcilePorts();
  let looked = 0;
  let oldestMs = 0;
  for await (const notification of dueNotifications(tableOf("delivery"), now)) {
    looked++;
    try {
      const what = await reconcileOne(ports, notification);
      if (what === "planned again")
        oldestMs = Math.max(oldestMs, now() - (notification.sendAtMs ?? notification.createdAtMs));
      log.info("reconciled", { app: notification.app, notification: notification.id, what });
    } catch (error) {
      log.error("not reconciled; the next minute tries again", error, {
        app: notification.app,
        notification: notification.id,
      });
    }
  }
  await writeLoad(Math.round(oldestMs / 1000));
  return { looked };
};

function reconcilePorts(): ReconcilePorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  return {
    now,
    headers,
    enqueuePlan,
    expire: (notification) => expireNotification(expirePorts(), notification),
  };
}

function expirePorts(): ExpirePorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  const ledgers = ledgerStore(delivery);
  const place = ({ app, id, expiresAtMs }: Notification, bucket: number, job: string) => ({
    app,
    notification: id,
    bucket,
    id: job,
    expiresAtMs,
  });
  return {
    now,
    rows: planRowStore(delivery).ofBucket,
    ledger: ({ app, id }, bucket, job) => ledgers.get(app, id, bucket, job.id),
    openClosed: async (notification, bucket, ledger) =>
      (await ledgers.open(place(notification, bucket, ledger.jobId), ledger)) === undefined,
    replace: (notification, bucket, ledger) =>
      ledgers.replace(place(notification, bucket, ledger.jobId), ledger),
    addClosed: ({ app, id, expiresAtMs, row }, bucket, jobId, counts) =>
      row
        ? headers.closeInHeader({ app, id }, { jobId, counts }, { only: false })
        : progressStore(delivery).addClosed(app, id, bucket, { jobId, counts }, ttlOf(expiresAtMs + KEPT_MS)),
    end: headers.end,
    forget: headers.forget,
  };
}

/** Backlog per priority, and the level from which requests are refused. */
async function writeLoad(oldestUnplannedS: number): Promise<void> {
  const counts = await Promise.all(QUEUE_KEYS.map(async (key) => ({ key, ...(await countQueue(key)) })));
  const backlog = Object.fromEntries(
    PRIORITIES.map((priority) => [
      priority,
      counts.filter(({ key }) => key.endsWith(`-${priority}`)).reduce((sum, { waiting }) => sum + waiting, 0),
    ]),
  ) as Record<Priority, number>;
  const total = Object.values(backlog).reduce((sum, count) => sum + count, 0);
  const level = levelOf(total, oldestUnplannedS);
  const load: Load = { level, atMs: now(), backlog, oldestUnplannedS };
  await loadStore(tableOf("guard")).write(load);
  metric("loadLevel", { normal: 0, medium: 1, high: 2 }[level], { unit: "None" });
  metric("oldestUnplannedS", oldestUnplannedS, { unit: "Seconds" });
  for (const priority of PRIORITIES)
    metric("pending", backlog[priority], { dimensions: { priority }, by: [["priority"]] });
}

function levelOf(backlog: number, oldestS: number): LoadLevel {
  const { mediumBacklog, highBacklog, mediumAgeS, highAgeS } = settings().loadLevels;
  if (backlog >= highBacklog || oldestS >= highAgeS) return "high";
  return backlog >= mediumBacklog || oldestS >= mediumAgeS ? "medium" : "normal";
}

async function countQueue(key: QueueKey): Promise<{ waiting: number }> {
  const { Attributes } = await sqsClient().send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(key),
      AttributeNames: ["ApproximateNumberOfMessages"],
    }),
  );
  return { waiting: Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) };
}
