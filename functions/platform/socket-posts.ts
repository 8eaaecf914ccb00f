import {
  ApiGatewayManagementApiClient,
  ForbiddenException,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { SendCall } from "../core/dispatch/provider.ts";
import { FRAME_BYTES } from "../core/inbox/inbox.ts";
import { type Pace, pace } from "../core/load/pace.ts";
import { ENV } from "../names.ts";
import type { PostResult } from "../providers/websocket/websocket.ts";
import { AWS_CALLS, withoutLogger } from "./aws-calls.ts";
import { now } from "./clients.ts";
import { need, settings } from "./env.ts";
import { log } from "./log.ts";

let client: ApiGatewayManagementApiClient | undefined;
const connectionsApi = () =>
  (client ??= withoutLogger(
    new ApiGatewayManagementApiClient({
      endpoint: need(ENV.connectionsEndpoint),
      ...AWS_CALLS,
      maxAttempts: 2,
      cacheMiddleware: true,
    }),
  ));

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
 * provider may take, or no answer by the deadline is `busy`: the inbox has the message, the connection's catch-up sends
 * it.
 */
export async function post(connection: string, frame: string, call?: SendCall): Promise<PostResult> {
  if (Buffer.byteLength(frame) > FRAME_BYTES) return "tooLarge";
  if (!(await takePlace())) return "busy";
  const late = call && AbortSignal.timeout(Math.max(0, call.deadlineMs - now()));
  try {
    await connectionsApi().send(
      new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(frame) }),
      { ...(late && { abortSignal: late }) },
    );
    return "posted";
  } catch (error) {
    if (error instanceof GoneException) return "gone";
    if (error instanceof PayloadTooLargeException) return "tooLarge";
    if (error instanceof LimitExceededException) return "busy";
    if (late?.aborted) return "busy";
    // A right that is missing is nobody's connection's fault: the message must fail, so that somebody is told.
    if (error instanceof ForbiddenException) throw error;
    // What it has missed is remembered for a busy one: with the error it would be lost.
    log.error("a frame could not be posted; its connection is tried again", error, { connection });
    return "busy";
  }
}
