import type { App } from "../core/app/app.ts";
import { type Asked, acceptWarnings, rungWarnings } from "../core/notification/accept-warnings.ts";
import type { Notification, NotificationBody } from "../core/notification/notification.ts";
import { sizeWarnings } from "./payload-guard.ts";

/** What is taken, and will not be as it was written for everybody. */
export const warningsOf = async (
  app: App,
  asked: Asked,
  notification: Notification,
  body: NotificationBody,
): Promise<string[]> => [
  ...acceptWarnings(app, asked, notification),
  ...rungWarnings(notification),
  ...(await sizeWarnings(app, notification, body)),
];
