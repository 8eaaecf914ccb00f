import { type App, configuredProviders } from "../core/app/app.ts";
import { AppError } from "../core/errors/app-error.ts";
import type {
  TopicAction,
  TopicAnswer,
  TopicMessage,
  TopicRequest,
} from "../core/notification/topic-change.ts";
import { now } from "./clients.ts";
import { groupOf, sendAll } from "./queues.ts";

/**
 * Leaves a change of a topic's followers to the dispatcher, which alone may read the app's credentials.
 * @throws AppError conflict when the app has none for FCM
 */
export async function askTopic(
  app: App,
  action: TopicAction,
  { topic, users: named }: TopicRequest,
  traceparent: string,
): Promise<TopicAnswer> {
  if (!configuredProviders(app).has("fcm"))
    throw new AppError("conflict", `app ${app.id} has no credentials for fcm: topics are kept by FCM`);
  const users = [...new Set(named)];
  const change = { app: app.id, topic, action, users, askedAtMs: now() };
  await sendTopic({ v: 2, kind: "topic", ...change, tries: 0, traceparent }, 0);
  return { topic, users: users.length };
}

export const sendTopic = (body: TopicMessage, delayMs: number): Promise<void> =>
  sendAll("dispatch-mobilePush-normal", [
    {
      body,
      group: groupOf(body.app, "fcm"),
      delayMs,
      ...(body.traceparent && { traceparent: body.traceparent }),
    },
  ]);
