import { type ExpirePorts, expireNotification } from "../core/notification/expire.ts";
import { isClosed, type Notification } from "../core/notification/notification.ts";
import type { ReconcilePorts } from "../core/notification/reconcile.ts";
import { headerStore } from "../storage/headers.ts";
import { ledgerStore } from "../storage/ledgers.ts";
import { planRowStore } from "../storage/plan-rows.ts";
import { progressStore } from "../storage/progress.ts";
import { ttlOf } from "../storage/table.ts";
import { now, tableOf } from "./clients.ts";
import type { Seen } from "./load.ts";
import { enqueuePlan } from "./planning.ts";

const KEPT_MS = 30 * 86_400_000;

/**
 * What looking after accepted notifications needs of the world.
 * @param seen undefined where the queues could not be asked: then nothing is taken to wait in them
 */
export function reconcilePorts(seen: Seen | undefined, isOver: () => boolean): ReconcilePorts {
  const delivery = tableOf("delivery");
  const ledgers = ledgerStore(delivery, now);
  return {
    now,
    headers: headerStore(delivery, now),
    enqueuePlan,
    expire: (notification) => expireNotification(expirePorts(isOver), notification),
    queueAgeMs: (priority, of) =>
      ((of === "plans" ? seen?.planOldestS[priority] : seen?.pressures[priority].oldestS) ?? 0) * 1_000,
    async jobsTaken({ app, id, row, progress }) {
      const open = row.jobs.filter((job) => !isClosed(progress, job.id));
      const found = await Promise.all(open.map((job) => ledgers.get(app, id, 0, job.id)));
      return found.every((ledger) => ledger !== undefined);
    },
  };
}

function expirePorts(isOver: () => boolean): ExpirePorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  const ledgers = ledgerStore(delivery, now);
  const place = ({ app, id, expiresAtMs }: Notification, bucket: number, job: string) => ({
    app,
    notification: id,
    bucket,
    id: job,
    expiresAtMs,
  });
  return {
    now,
    isOver,
    progress: progressStore(delivery, now).of,
    rows: planRowStore(delivery, now).ofBucket,
    ledger: ({ app, id }, bucket, job) => ledgers.get(app, id, bucket, job.id),
    openEnded: async (notification, bucket, ledger) =>
      (await ledgers.open(place(notification, bucket, ledger.jobId), ledger)) === undefined,
    replace: (notification, bucket, ledger) =>
      ledgers.replace(place(notification, bucket, ledger.jobId), ledger),
    addClosed: ({ app, id, expiresAtMs, row }, bucket, jobId, counts) =>
      row
        ? headers.closeInHeader({ app, id }, { jobId, counts }, { only: false })
        : progressStore(delivery, now).addClosed(
            app,
            id,
            bucket,
            { jobId, counts },
            ttlOf(expiresAtMs + KEPT_MS),
          ),
    end: headers.end,
    forget: headers.forget,
  };
}
