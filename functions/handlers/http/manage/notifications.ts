import { cancelNotification } from "../../../core/api/cancel-notification.ts";
import { cancelNotifications } from "../../../core/api/cancel-notifications.ts";
import { changeNotification } from "../../../core/api/change-notification.ts";
import { type ListPlace, listNotifications } from "../../../core/api/list-notifications.ts";
import { LIST_LIMIT } from "../../../core/api/list-query.ts";
import {
  linksOf,
  type NotificationAnswer,
  notificationAnswer,
} from "../../../core/api/notification-answers.ts";
import type { CancelQuery, ListQuery } from "../../../core/api/notification-operations.ts";
import { AppError } from "../../../core/errors/app-error.ts";
import { explainRecipient } from "../../../core/explain/explain-recipient.ts";
import { settledInOpenJobs } from "../../../core/explain/open-jobs.ts";
import { tally } from "../../../core/explain/tally.ts";
import { instant } from "../../../core/notification/compose.ts";
import { isWalk, type Notification } from "../../../core/notification/notification.ts";
import type { ChangeRequest } from "../../../core/notification/request.ts";
import { now } from "../../../platform/clients.ts";
import { cursorOf, placeIn } from "../../../platform/cursors.ts";
import { bodyOf, type Handle, queryOf } from "../../../platform/http.ts";
import { type Manager, ownApp } from "../../../platform/manager.ts";
import { explainPorts, notificationPorts, receiptCounts } from "../../../platform/notifications.ts";
import { warningsOf } from "../../../platform/warnings.ts";

const ports = notificationPorts();
const explaining = explainPorts();
const LIST_DAYS_MS = 30 * 86_400_000;

async function shown(notification: Notification): Promise<NotificationAnswer> {
  const [tallied, receipts] = await Promise.all([tally(ports, notification), receiptCounts(notification)]);
  // The jobs of a list run side by side: before the first is closed, only their ledgers say how far it is.
  const looksInside = notification.state === "sending" && !isWalk(notification);
  const { accepted, other } = looksInside
    ? await settledInOpenJobs(ports, notification, tallied)
    : { accepted: 0, other: 0 };
  return notificationAnswer(notification, { tally: tallied, receipts, inOpenJobs: accepted + other }, now());
}

/** Notifications after they were accepted. */
export const notificationHandles: Record<string, Handle<Manager>> = {
  async listNotifications(request, caller) {
    const { cursor, limit, ...query } = queryOf<ListQuery>(request);
    const { id: app, createdAtMs: bornMs } = ownApp(caller);
    const place = await placeIn<ListPlace>(cursor, { app, query });
    const toMs = query.to === undefined ? now() : instant(query.to, "/to");
    const fromMs = query.from === undefined ? Math.max(0, toMs - LIST_DAYS_MS) : instant(query.from, "/from");
    const { rows, next } = await listNotifications(
      ports,
      {
        app,
        fromMs,
        toMs,
        bornMs,
        limit: Number(limit ?? LIST_LIMIT.standard),
        ...(query.state && { states: [query.state] }),
        ...(query.category !== undefined && { category: query.category }),
      },
      place,
    );
    const notifications = rows.map(({ createdAtMs, ...row }) => ({
      ...row,
      createdAt: new Date(createdAtMs).toISOString(),
      links: linksOf(row.id),
    }));
    return { body: { notifications, ...(await cursorOf(next, { app, query })) } };
  },

  async getNotification({ params: { notification: id = "" } }, caller) {
    const notification = await ports.get(ownApp(caller).id, id);
    if (notification === undefined) throw new AppError("not_found", `there is no notification ${id}`);
    return { body: await shown(notification) };
  },

  async explainRecipient({ params: { notification = "", user = "" } }, caller) {
    return { body: await explainRecipient(explaining, ownApp(caller).id, notification, user) };
  },

  async changeNotification(request, caller) {
    const [app, id] = [ownApp(caller), request.params["notification"] ?? ""];
    const { notification, body } = await changeNotification(ports, app, id, bodyOf<ChangeRequest>(request));
    const warnings = await warningsOf(app, body, notification, body);
    return { body: { ...(await shown(notification)), ...(warnings.length > 0 && { warnings }) } };
  },

  async cancelNotification({ params: { notification = "" } }, caller) {
    return { body: await cancelNotification(ports, ownApp(caller).id, notification) };
  },

  async cancelNotifications(request, caller) {
    const { cursor, ...query } = queryOf<CancelQuery>(request);
    const app = ownApp(caller);
    const scope = { app: app.id, query };
    const { ids, next } = await cancelNotifications(
      ports,
      app,
      query,
      await placeIn<ListPlace>(cursor, scope),
    );
    const more = await cursorOf(next, scope);
    return { body: { cancelled: ids.length, ids, more: next !== undefined, ...more } };
  },
};
