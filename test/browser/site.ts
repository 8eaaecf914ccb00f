import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve } from "node:path";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/browser");
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

export type Site = { origin: string; close(): Promise<void> };

/** The example as it is, on an origin of its own. */
export async function serveExample(): Promise<Site> {
  const server = createServer(async (request, response) => {
    const name = /^\/([\w-]+\.\w+)?(?:\?|$)/.exec(request.url ?? "")?.[1] ?? "index.html";
    const content = await readFile(join(EXAMPLE, name)).catch(() => undefined); // answered as not found
    response.writeHead(content ? 200 : 404, { "content-type": TYPES[extname(name)] ?? "text/plain" });
    response.end(content);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
