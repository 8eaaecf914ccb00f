import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Provider, SendEach } from "../functions/core/dispatch/provider.ts";
import { websocketProvider } from "../functions/providers/websocket/websocket.ts";
import { startLoopback } from "./loopback.ts";

type Closable = Provider<SendEach> & { close(): void };

/** The in-app sender against `@connections` that take everything: an inbox in memory, and one open socket each. */
export async function socketSender(): Promise<Closable & { requests(): number }> {
  const connections = await startLoopback((request, response) => {
    request.resume().on("end", () => response.writeHead(200).end());
  });
  const client = new ApiGatewayManagementApiClient({
    endpoint: connections.url,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    maxAttempts: 1,
    cacheMiddleware: true,
  });
  let sequence = 0;
  const provider = websocketProvider(() => ({
    append: async () => ++sequence,
    connections: async (user) => [{ id: `socket-of-${user}`, connectedAtMs: 0 }],
    async post(connection, frame) {
      await client.send(new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(frame) }));
      return "posted";
    },
    forget: async () => undefined,
    left: async () => undefined,
    restart: async () => undefined,
  }));
  const close = () => {
    client.destroy();
    connections.close();
  };
  return { ...provider, close, requests: connections.requests };
}
