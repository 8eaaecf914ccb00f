import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { egress } from "../../../../functions/platform/egress.ts";
import { pushServices } from "../../../../functions/providers/webpush/transport.ts";
import { makeCertificates } from "../../../../local/fakes/certificates.ts";
import { HOST, wire } from "./tls-server.ts";

test("a push service without HTTP/2 is spoken to in HTTP/1.1, over kept connections", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-h1-"));
  const { key, cert, caFile } = await makeCertificates(folder);
  const ca = readFileSync(caFile, "utf8");
  rmSync(folder, { recursive: true });
  const seen: string[] = [];
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer({ key, cert }, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`);
    request.resume();
    if (request.url === "/lose") request.socket.destroy();
    else if (request.url === "/huge") response.writeHead(503).end("x".repeat(1_000_000));
    else if (request.url !== "/hang") response.writeHead(201).end();
  });
  server.on("secureConnection", (socket: Socket) => {
    connections++;
    open.add(socket.once("close", () => open.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const services = pushServices(egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca }));
  const send = (path: string, ms = 5_000) => services.send(HOST, wire(path), Date.now() + ms);
  try {
    for (const path of ["/a", "/b", "/c"]) {
      const reply = await send(path);
      assert.equal(reply.kind === "answer" && reply.status, 201, JSON.stringify(reply));
    }
    assert.deepEqual(
      seen,
      ["/a", "/b", "/c"].map((path) => `POST ${path} ${HOST}`),
    );
    assert.ok(connections <= 3, `${connections} connections: two that found no HTTP/2, one that is kept`);
    assert.equal((await send("/lose")).kind, "lost");
    const huge = await send("/huge");
    assert.ok(huge.kind === "answer" && huge.status === 503 && huge.body.length < 20_000);
    assert.deepEqual(await send("/hang", 200), { kind: "lost", reason: "deadline_exceeded" });
    assert.ok((await send("/d")).kind === "answer");
    // Their other side is gone: an environment that was frozen learns of it when it sends.
    const kept = connections;
    for (const socket of open) socket.once("data", () => socket.destroy());
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
    assert.equal((await send("/e")).kind, "answer");
    assert.equal(connections, kept + 1);
  } finally {
    services.close();
    server.closeAllConnections();
    server.close();
  }
});
