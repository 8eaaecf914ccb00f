import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { egress } from "../../../../functions/platform/egress.ts";
import type { OpenSocket } from "../../../../functions/providers/transport/reply.ts";
import { makeCertificates } from "../../../../local/fakes/certificates.ts";

export const HOST = "api.push.apple.com";

export type TestServer = {
  server: Http2SecureServer;
  open: OpenSocket;
  /** Connections that stand keep standing, but nothing passes on them any more. */
  silence(): void;
  close(): Promise<void>;
};

/** A bare HTTP/2 server under a provider's name, for what the fakes do not do. */
export async function tlsServer(options: SecureServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "clarion-transport-"));
  const { key, cert, caFile } = await makeCertificates(folder);
  const ca = readFileSync(caFile, "utf8");
  rmSync(folder, { recursive: true });
  const server = createSecureServer({ key, cert, ...options });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream) => stream.on("error", () => undefined));
  await listen(server);
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect((server.address() as AddressInfo).port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    near.pipe(far).pipe(near);
  });
  await listen(relay);
  const { port } = relay.address() as AddressInfo;
  return {
    server,
    open: egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca }),
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, relay].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

export const wire = (path: string) => ({
  headers: [":method", "POST", ":scheme", "https", ":authority", HOST, ":path", path],
  body: Buffer.from("{}"),
});
