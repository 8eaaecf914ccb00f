import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type WithoutEcho = { url: string; upstreamStatuses: string[]; close(): Promise<void> };

/** Stands before the platform's WebSocket and takes the chosen subprotocol out of its answer. */
export async function withoutEcho(webSocketUrl: string): Promise<WithoutEcho> {
  const { hostname, port, pathname } = new URL(webSocketUrl);
  const upstreamStatuses: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy()); // the browser hangs up on purpose
    }
    client.pipe(upstream);
    upstream.once("data", (head) => {
      const text = head.toString("latin1");
      upstreamStatuses.push(text.split("\r\n")[0] ?? "");
      client.write(Buffer.from(text.replace(/sec-websocket-protocol:[^\r\n]*\r\n/i, ""), "latin1"));
      upstream.pipe(client);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    upstreamStatuses,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
