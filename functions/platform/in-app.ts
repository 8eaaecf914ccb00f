import {
  ApiGatewayManagementApiClient,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { SendCall } from "../core/dispatch/provider.ts";
import { type CatchUp, FRAME_BYTES, helloFrame, notificationFrame } from "../core/inbox/inbox.ts";
import { type Pace, pace } from "../core/load/pace.ts";
import { wants } from "../core/policy/preferences.ts";
import { ENV } from "../names.ts";
import { type PostResult, websocketProvider } from "../providers/websocket/websocket.ts";
import { connectionStore } from "../storage/connections.ts";
import { broadcastPlace, inboxStore } from "../storage/inbox.ts";
import { recipientStore } from "../storage/recipients.ts";
import { AWS_CALLS } from "./aws-calls.ts";
import { now, tableOf } from "./clients.ts";
import { need, settings } from "./env.ts";
import { log } from "./log.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { groupOf } from "./queues.ts";

/** API Gateway ends every connection after two hours. */
const LIFE_MS = 2 * 3_600_000;

let client: ApiGatewayManagementApiClient | undefined;
const connectionsApi = () =>
  (client ??= new ApiGatewayManagementApiClient({
    endpoint: need(ENV.connectionsEndpoint),
    ...AWS_CALLS,
    maxAttempts: 2,
    cacheMiddleware: true,
  }));

/** API Gateway takes so many posts a second from the whole account: each environment keeps to its share. */
let posts: Pace | undefined;
async function takePlace(): Promise<boolean> {
  const { socketPostsPerEnvironmentS, providerDeadlineMs } = settings();
  posts ??= pace(socketPostsPerEnvironmentS, () => performance.now());
  const waitMs = posts.take(providerDeadlineMs);
  if (waitMs === undefined) return false;
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  return true;
}

/**
 * Posts one frame, in this environment's pace. A full client buffer, a throttle, a place that comes later than a
 * provider may take, or no answer by the deadline is `busy`: the inbox has the message, the next connect gets it.
 */
export async function post(connection: string, frame: string, call?: SendCall): Promise<PostResult> {
  if (Buffer.byteLength(frame) > FRAME_BYTES || !(await takePlace())) return "busy";
  const late = call && AbortSignal.timeout(Math.max(0, call.deadlineMs - now()));
  try {
    await connectionsApi().send(
      new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(frame) }),
      { ...(late && { abortSignal: late }) },
    );
    return "posted";
  } catch (error) {
    if (error instanceof GoneException) return "gone";
    if (error instanceof LimitExceededException || error instanceof PayloadTooLargeException) return "busy";
    if (late?.aborted) return "busy";
    throw error;
  }
}

/** The in-app provider: inbox first, then the open sockets. */
export function inAppProvider() {
  const inbox = inboxStore(tableOf("inbox"), now);
  const connections = connectionStore(tableOf("connections"), now);
  return websocketProvider(({ app, broadcast }) => ({
    append: async (user, message) =>
      (broadcast && (await copyBroadcasts(app, user)).get(message.id)) || inbox.append(app, user, message),
    connections: async (user) => (await connections.ofUser(app, user)).map(({ id }) => id),
    post,
    forget: (user, connection) => connections.remove(app, user, connection),
  }));
}

/** A connection cannot be posted to before `$connect` has answered; this long it may take. */
const ESTABLISHING_MS = 10_000;

/** Greets a new connection and sends what its user missed, in order. */
export async function catchUp(message: CatchUp): Promise<MessageAnswer> {
  const { app, user, connection, connectedAtMs } = message;
  const hello = helloFrame({ connection, user, endsAtMs: connectedAtMs + LIFE_MS, nowMs: now() });
  const greeted = await post(connection, hello);
  if (greeted === "gone") {
    const established = now() - connectedAtMs > ESTABLISHING_MS;
    if (!established)
      return { kind: "again", afterMs: 1_000, resend: { body: message, group: groupOf(app, "catchUp") } };
    await connectionStore(tableOf("connections"), now).remove(app, user, connection);
    return { kind: "done" };
  }
  await copyBroadcasts(app, user);
  const sent = await sendMissed(app, user, connection);
  log.info("caught up", { app, connection, sent });
  return { kind: "done" };
}

/** Two broadcasts that go out together may be stored in either order: this far back is looked again. */
const OVERLAP_MS = 300_000;

/**
 * Gives the user a copy of each broadcast that was stored once, that they want and have not got yet, in order.
 * @returns each one's place in the user's sequence
 */
async function copyBroadcasts(app: string, user: string): Promise<Map<string, number>> {
  const inbox = inboxStore(tableOf("inbox"), now);
  const copied = new Map<string, number>();
  const [head, stored] = await Promise.all([
    inbox.head(app, user),
    recipientStore(tableOf("directory")).get(app, user),
  ]);
  if (stored === undefined) return copied;
  const { createdAtMs, preferences } = stored.recipient;
  const seenMs = head?.broadcastSeen === undefined ? 0 : Number.parseInt(head.broadcastSeen, 10) - OVERLAP_MS;
  // Broadcasts from before a user's creation are not for them.
  const sinceMs = Math.max(createdAtMs, seenMs);
  let last = "";
  for await (const broadcast of inbox.broadcastsAfter(app, broadcastPlace({ firedAtMs: sinceMs, id: "" }))) {
    const { firedAtMs: _firedAtMs, ...copy } = broadcast;
    last = broadcastPlace(broadcast);
    if (wants(preferences, copy.category, "inApp")) copied.set(copy.id, await inbox.append(app, user, copy));
  }
  if (last !== "") await inbox.sawBroadcasts(app, user, last);
  return copied;
}

async function sendMissed(app: string, user: string, connection: string): Promise<number> {
  const inbox = inboxStore(tableOf("inbox"), now);
  const head = await inbox.head(app, user);
  let sent = 0;
  for await (const item of inbox.after(app, user, head?.acked ?? 0)) {
    const result = await post(connection, notificationFrame(item));
    if (result !== "posted") break;
    sent++;
  }
  return sent;
}
