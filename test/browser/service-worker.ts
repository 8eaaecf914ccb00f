import assert from "node:assert/strict";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { until } from "../e2e/harness.ts";

export type ShownNotification = {
  title: string;
  body: string;
  tag: string;
  icon: string;
  badge: string;
  image: string;
  requireInteraction: boolean;
  renotify: boolean;
  silent: boolean | null;
  vibrate: number[];
  dir: string;
  lang: string;
  timestamp: number;
  actions: { action: string; title: string }[];
  data: Record<string, unknown>;
};

export type WorkerRemote = {
  /** Hands a push to the service worker as the browser's push service would; how its event ended. */
  deliver(payload: unknown): Promise<string>;
  /** How often the browser was told to display something, replaced ones too. */
  displays(): number;
  /** What stands in the notification centre now. */
  notifications(): Promise<ShownNotification[]>;
  clear(): Promise<void>;
};

const SHOWN = [
  ...["title", "body", "tag", "icon", "badge", "image", "requireInteraction", "timestamp", "data"],
  ...["renotify", "silent", "vibrate", "dir", "lang"],
];

const ALL = "navigator.serviceWorker.ready.then((registration) => registration.getNotifications())";

/** The service worker of a page, by the browser's developer tools. */
export async function serviceWorkerOf(page: Page): Promise<WorkerRemote> {
  const session = await page.context().newCDPSession(page);
  const registration = await registrationIn(session);
  const completed: string[] = [];
  let displays = 0;
  session.on("BackgroundService.backgroundServiceEventReceived", ({ backgroundServiceEvent: event }) => {
    if (event.eventName === "Push event completed")
      completed.push(event.eventMetadata.find(({ key }) => key === "Status")?.value ?? "");
    if (event.eventName === "Notification displayed") displays++;
  });
  for (const service of ["pushMessaging", "notifications"] as const) {
    await session.send("BackgroundService.startObserving", { service });
    await session.send("BackgroundService.setRecording", { service, shouldRecord: true });
  }
  return {
    async deliver(payload) {
      const data = typeof payload === "string" ? payload : JSON.stringify(payload);
      const before = completed.length;
      await session.send("ServiceWorker.deliverPushMessage", { ...registration(), data });
      await until("the worker is done with the push", () => completed.length > before);
      return completed.at(-1)!;
    },
    displays: () => displays,
    notifications: () =>
      page.evaluate<ShownNotification[]>(`${ALL}.then((all) => all.map((one) => ({
        ...Object.fromEntries(${JSON.stringify(SHOWN)}.map((name) => [name, one[name]])),
        actions: one.actions.map(({ action, title }) => ({ action, title })),
      })))`),
    clear: () => page.evaluate<void>(`${ALL}.then((all) => all.forEach((one) => one.close()))`),
  };
}

/** A real event for the notification of a tag; no user clicked, so windows only note what they are asked. */
export const clickOn = (context: BrowserContext, tag: string, action: string) =>
  context.serviceWorkers()[0]!.evaluate<{ opened: string[]; focused: number; left: number }>(`(async () => {
    const seen = { opened: [], focused: 0 };
    self.clients.openWindow = async (url) => { seen.opened.push(url); };
    WindowClient.prototype.focus = async () => { seen.focused++; };
    const shown = () => self.registration.getNotifications({ tag: ${JSON.stringify(tag)} });
    const [notification] = await shown();
    const event = new NotificationEvent("notificationclick", { notification, action: ${JSON.stringify(action)} });
    const waited = [];
    event.waitUntil = (promise) => waited.push(promise);
    self.dispatchEvent(event);
    await Promise.all(waited);
    return { ...seen, left: (await shown()).length };
  })()`);

async function registrationIn(
  session: CDPSession,
): Promise<() => { origin: string; registrationId: string }> {
  let found: { origin: string; registrationId: string } | undefined;
  session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    for (const { registrationId, scopeURL, isDeleted } of registrations)
      if (!isDeleted) found = { origin: new URL(scopeURL).origin, registrationId };
  });
  await session.send("ServiceWorker.enable");
  await until("the worker is registered", () => found !== undefined);
  return () => {
    assert.ok(found);
    return found;
  };
}
