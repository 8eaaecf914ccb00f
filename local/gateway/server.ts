/** One port for everything: REST at the root, WebSockets at /ws, the runtime's own pages at /_local/ and /metrics. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** Answers `false` when the path is not its own. */
export type PathHandler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export type GatewayHandlers = {
  rest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  local: PathHandler;
};

export type GatewayServer = {
  port: number;
  /** Until then every request is answered 503. */
  serve(handlers: GatewayHandlers): void;
  close(): Promise<void>;
};

const WEBSOCKET_PATH = "/ws";
/** API Gateway takes 20,480 bytes and answers itself beyond; Node's own limit must not come first. */
const MAXIMUM_HEADER_BYTES = 64 * 1024;

/** Somebody else listens there. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function listenOnLoopback(server: Server, port: number): Promise<number> {
  try {
    await listen(server, port, "127.0.0.1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new PortTakenError(`port ${port} is taken: --port N`);
  }
  return (server.address() as AddressInfo).port;
}

/** `localhost` is ::1 first on many machines; a machine without IPv6 has nothing to add. */
async function listenOnIpv6(server: Server, port: number): Promise<void> {
  await listen(server, port, "::1").catch(() => undefined);
}

async function answer(
  handlers: GatewayHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (await handlers.local(request, response)) return;
    await handlers.rest(request, response);
  } catch (error) {
    console.error("clarion: a request failed inside the local gateway", error);
    if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
    response.end('{"message":"Internal server error"}');
  }
}

function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function startGatewayServer(port: number): Promise<GatewayServer> {
  let handlers: GatewayHandlers | undefined;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (handlers !== undefined) void answer(handlers, request, response);
    else response.writeHead(503, { "retry-after": "1" }).end('{"message":"starting"}');
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? "").split("?")[0];
    if (handlers === undefined || path !== WEBSOCKET_PATH) socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    else void handlers.upgrade(request, socket, head);
  };
  const servers = [0, 1].map(() => createServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, onRequest));
  const [ipv4, ipv6] = servers as [Server, Server];
  for (const server of servers) server.on("upgrade", onUpgrade);
  const actualPort = await listenOnLoopback(ipv4, port);
  await listenOnIpv6(ipv6, actualPort);
  return {
    port: actualPort,
    serve: (given) => {
      handlers = given;
    },
    close: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };
}
