/** What a client's frame sets going. */

import type { WebSocketRoute } from "../template/model.ts";
import { selectRoute } from "./route-selection.ts";
import type { Connection, SocketCore } from "./websocket-core.ts";
import { messageEvent, requestContext, routeArn } from "./websocket-event.ts";

type Context = Record<string, unknown>;

function sendText(connection: Connection, text: string): void {
  if (!connection.dropped) connection.socket.send(text);
}

function sendError(connection: Connection, message: string, context: Context): void {
  const { connectionId, requestId } = context;
  sendText(connection, JSON.stringify({ message, connectionId, requestId }));
}

/** The part of the mapping language that a mock's answer needs: `$context.requestTimeEpoch` and the like. */
function render(template: string, context: Context): string {
  return template.replace(/\$context\.(\w+)/g, (all, name: string) => String(context[name] ?? all));
}

async function runRoute(
  core: SocketCore,
  connection: Connection,
  route: { integration: WebSocketRoute["integration"]; key: string; context: Context; text: string },
): Promise<void> {
  const { integration, context } = route;
  if (integration.kind === "mock") {
    if (integration.response !== undefined) sendText(connection, render(integration.response, context));
    return;
  }
  if (!core.mayInvoke(integration.functionArn, routeArn(connection.facts, route.key))) {
    return sendError(connection, "Internal server error", context);
  }
  const invocation = await core.invoke(integration.functionArn, messageEvent(context, route.text));
  if (invocation.ok) return;
  core.onTrouble(`${route.key}: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
  sendError(connection, "Internal server error", context);
}

export async function receiveText(core: SocketCore, connection: Connection, text: string): Promise<void> {
  const nowMs = core.clock.now();
  connection.lastActiveAtMs = nowMs;
  core.onMessage(Buffer.byteLength(text));
  const route = selectRoute(core.api, text);
  const key = route?.key ?? "$default";
  const context = requestContext(connection.facts, { key, kind: "MESSAGE", nowMs });
  if (!core.stageRate.take()) return sendError(connection, "Too Many Requests", context);
  if (route === undefined) return sendError(connection, "Forbidden", context);
  await runRoute(core, connection, { integration: route.integration, key, context, text });
}
