import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { egress } from "../../../functions/platform/egress.ts";
import { fetchText } from "../../../functions/platform/key-sets.ts";
import { makeCertificates } from "../../../local/fakes/certificates.ts";

/** A host that the test's certificate authority signs for. */
const HOST = "fcm.googleapis.com";

test("a key set is read as it is, and nothing else: redirects, other statuses, floods, inner addresses", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { key, cert, caFile } = await makeCertificates(folder);
  const server = createServer({ key, cert }, (request, response) => {
    if (request.url === "/keys") response.end('{"keys":[]}');
    else if (request.url === "/moved") response.writeHead(302, { Location: "https://127.0.0.1/keys" }).end();
    else if (request.url === "/flood") response.end("x".repeat(1_000_000));
    else response.writeHead(500).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(caFile, "utf8");
  const open = egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca });
  const get = (path: string, by = open) => fetchText(new URL(`https://${HOST}${path}`), by);
  assert.equal(await get("/keys"), '{"keys":[]}');
  for (const path of ["/moved", "/flood", "/broken"])
    await assert.rejects(get(path), { code: "ERR_JWKS_UNREACHABLE" }, path);
  const inner = egress({
    ca,
    resolve: ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: "127.0.0.1", family: 4 }])) as never, // the one form of lookup that egress uses
  });
  await assert.rejects(get("/keys", inner), /no public address/);
});
