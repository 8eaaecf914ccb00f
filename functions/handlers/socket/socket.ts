import type { APIGatewayProxyResult, APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import type { CatchUp } from "../../core/inbox/inbox.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { metric } from "../../platform/metrics.ts";
import { groupOf, sendAll } from "../../platform/queues.ts";
import { connectionStore } from "../../storage/connections.ts";
import { inboxStore } from "../../storage/inbox.ts";
import { inboxReading } from "../../storage/inbox-reading.ts";

/** What the authorizer found out; app and user of a connection never come from a look-up. */
type Authorised = { app: string; user: string; protocol?: string; device?: string; platform?: string };

type SocketEvent = APIGatewayProxyWebsocketEventV2 & {
  headers?: Record<string, string>;
  requestContext: { authorizer?: Authorised };
};

const connections = () => connectionStore(tableOf("connections"), now);
/** Each message goes to all connections of its user: with more of them one person would take the place of others. */
const MOST_SOCKETS = 100;
const OK: APIGatewayProxyResult = { statusCode: 200, body: "" };

/** WebSocket: `$connect`, `$disconnect` and every frame but pings. */
export const handler = watchingMemory(async (event: SocketEvent): Promise<APIGatewayProxyResult> => {
  const { authorizer, connectionId, eventType } = event.requestContext;
  if (authorizer === undefined) return { statusCode: 401, body: "" };
  if (eventType === "CONNECT") return connect(authorizer, connectionId);
  if (eventType === "DISCONNECT") return disconnect(authorizer, connectionId);
  return frame(authorizer, connectionId, event.body ?? "");
});

async function connect(authorised: Authorised, connection: string): Promise<APIGatewayProxyResult> {
  const { app, user, protocol, device, platform } = authorised;
  if (await connections().hasMany(app, user, MOST_SOCKETS)) {
    log.info("connect refused: the user has many connections", { app });
    return { statusCode: 429, body: "" };
  }
  const atMs = now();
  // As of now: what another connection of the person's acknowledges later has not come to this one.
  const head = await inboxStore(tableOf("inbox"), now).head(app, user);
  await connections().add({
    app,
    user,
    id: connection,
    connectedAtMs: atMs,
    lastSeenAtMs: atMs,
    waitingSinceMs: atMs,
    behindFrom: (head?.acked ?? 0) + 1,
    protocol: "1",
    ...(device && { device }),
    ...(platform && { platform }),
  });
  const body: CatchUp = { v: 1, kind: "catchUp", app, user, connection, connectedAtMs: atMs };
  try {
    await sendAll("dispatch-inApp-high", [{ body, group: groupOf(app, "catchUp") }]);
  } catch (error) {
    // Nobody is told that a refused connection has ended: its row would count for two hours.
    await connections().remove(app, user, connection);
    throw error;
  }
  metric("connections", 1, { dimensions: { change: "opened" }, by: [["change"]] });
  return protocol ? { ...OK, headers: { "Sec-WebSocket-Protocol": protocol } } : OK;
}

async function disconnect({ app, user }: Authorised, connection: string): Promise<APIGatewayProxyResult> {
  await connections().remove(app, user, connection);
  metric("connections", 1, { dimensions: { change: "closed" }, by: [["change"]] });
  return OK;
}

/**
 * `{"type":"ack","sequence":n}`: everything up to n has arrived; `read`: and was read. Other frames only show that the
 * client lives, and what is no JSON object is ignored.
 */
async function frame(
  { app, user }: Authorised,
  connection: string,
  body: string,
): Promise<APIGatewayProxyResult> {
  metric("frames", 1);
  const message = parseFrame(body);
  if (message === undefined) {
    // `$default` has no route response: whatever were answered would reach nobody.
    log.info("frame is no JSON object", { app, connection });
    return OK;
  }
  if ((message.type === "ack" || message.type === "read") && Number.isSafeInteger(message.sequence)) {
    const [inbox, sequence] = [tableOf("inbox"), Number(message.sequence)];
    if (message.type === "read") await inboxReading(inbox, now).readThrough(app, user, sequence);
    else await inboxStore(inbox, now).ack(app, user, sequence);
    return OK;
  }
  await connections().seen(app, user, connection);
  if (message.type !== "heartbeat") log.info("frame of unknown type", { app, connection });
  return OK;
}

function parseFrame(body: string): { type?: unknown; sequence?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}
