import type { CancelPorts } from "../core/api/cancel-notification.ts";
import type { CancelManyPorts } from "../core/api/cancel-notifications.ts";
import type { ChangePorts } from "../core/api/change-notification.ts";
import type { ExplainPorts } from "../core/explain/explain-recipient.ts";
import type { TallyPorts } from "../core/explain/tally.ts";
import type { Notification } from "../core/notification/notification.ts";
import { countParts, type ReceiptCounts } from "../core/receipt/receipt.ts";
import { bodyStore } from "../storage/bodies.ts";
import { headerStore } from "../storage/headers.ts";
import { ledgerStore } from "../storage/ledgers.ts";
import { notificationIndex } from "../storage/notification-index.ts";
import { planRowStore } from "../storage/plan-rows.ts";
import { progressStore } from "../storage/progress.ts";
import { receiptStore } from "../storage/receipts.ts";
import { recipientStore } from "../storage/recipients.ts";
import { appFacts } from "./apps.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { newId } from "./new-id.ts";
import { guardPayload } from "./payload-guard.ts";
import { enqueuePlan } from "./planning.ts";
import { codeTexts } from "./provider-codes.ts";
import { createSchedule, deleteSchedule } from "./schedules.ts";

type Ports = TallyPorts & CancelPorts & CancelManyPorts & ChangePorts;

/** What the verbs about accepted notifications need of the world. */
export function notificationPorts(): Ports {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  return {
    now,
    newAttempt: newId,
    get: (app, id) => headers.get(app, id, true),
    cancel: headers.cancel,
    change: headers.change,
    progress: progressStore(delivery, now).of,
    ledgers: ledgerStore(delivery, now).ofBucket,
    day: notificationIndex(delivery).day,
    bodies: bodyStore(delivery),
    guardPayload,
    enqueuePlan,
    schedule: createSchedule,
    deleteSchedule,
    report: (error, { app, id }) =>
      log.error("a schedule was not made, or not deleted", error, { app, notification: id }),
  };
}

export function explainPorts(): ExplainPorts {
  const delivery = tableOf("delivery");
  return {
    now,
    get: (app, id) => headerStore(delivery, now).get(app, id, true),
    body: bodyStore(delivery).read,
    row: planRowStore(delivery, now).covering,
    climbs: async (notification, bucket, page) =>
      (await planRowStore(delivery, now).ofPage(notification, bucket, page)).slice(1),
    receipts: ({ app, id }, bucket, user) => receiptStore(delivery, now).of({ app, id, bucket }, user),
    ledger: ledgerStore(delivery, now).get,
    recipient: async (app, user) => (await recipientStore(tableOf("directory")).get(app, user))?.recipient,
    facts: appFacts,
    codeTexts,
  };
}

/** What was told of a notification so far; of one that waits for its time nothing can have been. */
export async function receiptCounts(notification: Notification): Promise<ReceiptCounts> {
  const { app, id, state, buckets = 1 } = notification;
  if (state === "scheduled") return {};
  return receiptStore(tableOf("delivery"), now).counts(app, id, { buckets, parts: countParts(notification) });
}
