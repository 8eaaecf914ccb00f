/** The WebSocket API of the template, and the `@connections` behind the front door. */

import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { ConnectionsBackend } from "../door/connections.ts";
import type { Invocation } from "../lambda/protocol.ts";
import type { Permission, WebSocketApi } from "../template/model.ts";
import { createConnectionsBackend } from "./connections-backend.ts";
import { createFrameLimit } from "./frame-limit.ts";
import { mayInvoke } from "./permission.ts";
import { createTokenBucket, neverThrottles } from "./token-bucket.ts";
import { decideConnect } from "./websocket-connect.ts";
import type { Connection, SocketCore } from "./websocket-core.ts";
import { type ConnectionFacts, disconnectEvent, routeArn } from "./websocket-event.ts";
import { watchLifetime } from "./websocket-lifetime.ts";
import { receiveText } from "./websocket-messages.ts";

export type SocketGatewayOptions = {
  api: WebSocketApi;
  region: string;
  account: string;
  permissions: Permission[];
  clock: Pick<VirtualClock, "now" | "setTimer">;
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  onTrouble?(text: string): void;
  /** For the bill: a message that came in, and minutes of a connection that ended. */
  onMessage?(bytes: number): void;
  onConnectionMinutes?(minutes: number): void;
  newConnectionsPerS?: number;
};

export type SocketGateway = {
  /** For the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  backend: ConnectionsBackend;
  connections(): { id: string; connectedAtMs: number; lastActiveAtMs: number; dropped: boolean }[];
  /** Half-open: the connection stays listed, nothing passes any more, no `$disconnect` comes until it expires. */
  drop(connectionId: string): void;
  close(): Promise<void>;
};

const MAXIMUM_MESSAGE_BYTES = 128 * 1024;
const NEW_CONNECTIONS_PER_S = 500;

const CLOSE_GOING_AWAY = 1001;
const CLOSE_UNSUPPORTED_DATA = 1003;
const CLOSE_TOO_BIG = 1009;

function createCore(options: SocketGatewayOptions): SocketCore {
  const { api, clock, permissions } = options;
  const nowMs = () => clock.now();
  const newPerS = options.newConnectionsPerS ?? NEW_CONNECTIONS_PER_S;
  const { throttle } = api;
  const onTrouble = (text: string) => options.onTrouble?.(text);
  return {
    api,
    region: options.region,
    account: options.account,
    clock,
    invoke: options.invoke,
    mayInvoke: (functionArn, sourceArn) => {
      const allowed = mayInvoke(permissions, functionArn, {
        principal: "apigateway.amazonaws.com",
        sourceArn,
      });
      if (!allowed)
        onTrouble(`no AWS::Lambda::Permission lets API Gateway invoke ${functionArn} for ${sourceArn}`);
      return allowed;
    },
    onTrouble,
    onMessage: (bytes) => options.onMessage?.(bytes),
    onConnectionMinutes: (minutes) => options.onConnectionMinutes?.(minutes),
    connectRate: createTokenBucket({ ratePerS: newPerS, burst: newPerS, nowMs }),
    stageRate:
      throttle === undefined
        ? neverThrottles
        : createTokenBucket({ ratePerS: throttle.rateLimit, burst: throttle.burstLimit, nowMs }),
    connections: new Map(),
    active: new Set(),
  };
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ message, requestId: randomUUID() });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-amzn-requestid: ${randomUUID()}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function track(core: SocketCore, work: Promise<void>): void {
  const guarded = work.catch((error: Error) =>
    core.onTrouble(`WebSocket route: ${error.stack ?? error.message}`),
  );
  const tracked = guarded.finally(() => core.active.delete(tracked));
  core.active.add(tracked);
}

async function disconnect(
  core: SocketCore,
  connection: Connection,
  code: number,
  reason: string,
): Promise<void> {
  const { facts } = connection;
  const route = core.api.routes.find(({ key }) => key === "$disconnect");
  core.onConnectionMinutes(Math.ceil((core.clock.now() - facts.connectedAtMs) / 60_000));
  if (route?.integration.kind !== "lambda") return;
  const { functionArn } = route.integration;
  if (!core.mayInvoke(functionArn, routeArn(facts, "$disconnect"))) return;
  const event = disconnectEvent(facts, { nowMs: core.clock.now(), code, reason });
  const invocation = await core.invoke(functionArn, event);
  if (!invocation.ok) core.onTrouble(`$disconnect: ${invocation.error.errorMessage}`);
}

function endConnection(core: SocketCore, connection: Connection, code: number, reason: string): void {
  if (!core.connections.delete(connection.facts.id)) return;
  connection.cancelTimers();
  track(core, disconnect(core, connection, code, reason));
}

function expire(core: SocketCore, connection: Connection): void {
  endConnection(core, connection, CLOSE_GOING_AWAY, "Going away");
  if (connection.dropped) connection.socket.terminate();
  else connection.socket.close(CLOSE_GOING_AWAY, "Going away");
}

function open(core: SocketCore, facts: ConnectionFacts, socket: WebSocket, stream: Duplex): void {
  const connection: Connection = {
    facts,
    socket,
    lastActiveAtMs: core.clock.now(),
    dropped: false,
    cancelTimers: () => undefined,
  };
  core.connections.set(facts.id, connection);
  connection.cancelTimers = watchLifetime(core, connection, () => expire(core, connection));
  let oversized = false;
  const watchFrames = createFrameLimit(() => {
    oversized = true;
    socket.close(CLOSE_TOO_BIG);
  });
  // Before the library's own listener, which may hand on the whole message at once.
  stream.prependListener("data", watchFrames);
  socket.on("message", (data: Buffer, isBinary) => {
    if (oversized || connection.dropped) return;
    if (isBinary) socket.close(CLOSE_UNSUPPORTED_DATA);
    else track(core, receiveText(core, connection, data.toString("utf8")));
  });
  socket.on("close", (code, reason) => {
    if (!connection.dropped) endConnection(core, connection, code, reason.toString("utf8"));
  });
  // The library closes the connection itself, with the fitting code; nothing more is to be done.
  socket.on("error", () => undefined);
}

async function upgrade(
  core: SocketCore,
  server: WebSocketServer,
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): Promise<void> {
  // A client that leaves before it is let in is nobody's trouble.
  stream.on("error", () => undefined);
  const verdict = await decideConnect(core, request);
  if (!verdict.accepted) return refuse(stream, verdict.status, verdict.message);
  request.headers["sec-websocket-protocol"] = verdict.protocol ?? "";
  if (verdict.protocol === undefined) delete request.headers["sec-websocket-protocol"];
  server.handleUpgrade(request, stream, head, (socket) => open(core, verdict.facts, socket, stream));
}

export function createSocketGateway(options: SocketGatewayOptions): SocketGateway {
  const core = createCore(options);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAXIMUM_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  return {
    upgrade: async (request, socket, head) => {
      const work = upgrade(core, server, request, socket, head);
      track(core, work);
      await work.catch(() => socket.destroy());
    },
    backend: createConnectionsBackend(core),
    connections: () =>
      [...core.connections.values()].map(({ facts, lastActiveAtMs, dropped }) => ({
        id: facts.id,
        connectedAtMs: facts.connectedAtMs,
        lastActiveAtMs,
        dropped,
      })),
    drop: (connectionId) => {
      const connection = core.connections.get(connectionId);
      if (connection === undefined)
        throw new Error(`no connection ${connectionId}; GET /_local/ lists those open`);
      connection.dropped = true;
      connection.socket.pause();
    },
    close: async () => {
      for (const { socket, cancelTimers } of core.connections.values()) {
        cancelTimers();
        socket.terminate();
      }
      core.connections.clear();
      server.close();
      await Promise.all(core.active);
    },
  };
}
