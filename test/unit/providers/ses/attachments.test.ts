import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { egress } from "../../../../functions/platform/egress.ts";
import { readAttachments } from "../../../../functions/providers/ses/attachments.ts";
import { makeCertificates } from "../../../../local/fakes/certificates.ts";

/** A name that the tests' certificate has. */
const HOST = "api.push.apple.com";
const MEGABYTE = 1024 * 1024;

async function world(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const folder = mkdtempSync(join(tmpdir(), "clarion-attachments-"));
  const { key, cert, caFile } = await makeCertificates(folder);
  const ca = readFileSync(caFile, "utf8");
  rmSync(folder, { recursive: true });
  const asked: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(`${request.method} ${request.headers.host}${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const closing = new AbortController();
  t.after(() => {
    closing.abort();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca });
  const read = (...urls: string[]) =>
    readAttachments(
      urls.map((url, index) => ({ name: `f${index}`, url })),
      open,
      closing.signal,
    );
  return { read, asked, open, closing };
}

const GONE = { outcome: { kind: "rejected", reason: "attachment_unavailable" } };
const LATER = { outcome: { kind: "retry", reason: "attachment_unavailable", unasked: true } };

test("files come by URL, each asked for once, beside those that are given", async (t) => {
  const { open, asked, closing } = await world(t, (request, response) => response.end(`of ${request.url}`));
  const found = await readAttachments(
    [
      { name: "a.txt", url: `https://${HOST}/a?sig=x%2Fy` },
      { name: "b.bin", type: "application/x", content: Buffer.from("inline").toString("base64") },
    ],
    open,
    closing.signal,
  );
  assert.deepEqual(found, {
    files: [
      { name: "a.txt", type: undefined, content: Buffer.from("of /a?sig=x%2Fy") },
      { name: "b.bin", type: "application/x", content: Buffer.from("inline") },
    ],
  });
  assert.deepEqual(asked, [`GET ${HOST}/a?sig=x%2Fy`]);
});

test("what may pass is tried again, what will not is refused", async (t) => {
  const { read } = await world(t, (request, response) => {
    const [, status] = /(\d+)/.exec(request.url!) ?? [];
    response.writeHead(Number(status), { location: "https://example.com/" }).end("x");
  });
  for (const status of [204, 206, 301, 302, 307, 400, 401, 403, 404, 410])
    assert.deepEqual(await read(`https://${HOST}/${status}`), GONE, String(status));
  for (const status of [408, 425, 429, 500, 502, 503, 504])
    assert.deepEqual(await read(`https://${HOST}/${status}`), LATER, String(status));
});

test("connections that break are tried again; wrong names and certificates are not", async (t) => {
  const { read } = await world(t, (request, response) => {
    if (request.url === "/drop") request.socket.destroy();
    else response.writeHead(200, { "content-length": 100 }).write("half");
    setTimeout(() => request.socket.destroy(), 50);
  });
  assert.deepEqual(await read(`https://${HOST}/drop`), LATER);
  assert.deepEqual(await read(`https://${HOST}/half`), LATER);
  const stranger = egress({
    resolve: ((_host: string, _options: object, done: (error: Error) => void) =>
      done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }))) as never,
  });
  const attachment = { name: "a", url: "https://nowhere.example/a" };
  assert.deepEqual(await readAttachments([attachment], stranger, new AbortController().signal), GONE);
  const { open } = await world(t, (_request, response) => response.end("x"));
  const untrusting = egress({ overrides: { [HOST]: await addressOf(open) } });
  const one = { name: "a", url: `https://${HOST}/a` };
  assert.deepEqual(await readAttachments([one], untrusting, new AbortController().signal), GONE);
});

/** Where an egress leads for HOST. */
async function addressOf(open: ReturnType<typeof egress>): Promise<string> {
  const socket = open(HOST, ["http/1.1"]);
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  const { remotePort } = socket;
  socket.destroy();
  return `127.0.0.1:${remotePort}`;
}

test("nothing is connected to but named hosts on port 443", async () => {
  let opened = 0;
  const open = () => {
    opened++;
    throw new Error("nobody may connect");
  };
  for (const url of [
    "https://127.0.0.1/a",
    "https://169.254.169.254/latest/meta-data/",
    "https://0x7f.1/a",
    "https://2130706433/a",
    "https://[::1]/a",
    "https://[::ffff:10.0.0.1]/a",
    "https://files.example:8443/a",
    "https://user:password@files.example/a",
    "https://user@files.example/a",
  ])
    assert.deepEqual(
      await readAttachments([{ name: "a", url }], open, new AbortController().signal),
      GONE,
      url,
    );
  assert.equal(opened, 0);
});

test("seven megabytes together and no more, whatever the server says of its length", async (t) => {
  let sent = 0;
  const { read, open } = await world(t, (request, response) => {
    if (request.url === "/said")
      return void response.writeHead(200, { "content-length": 8 * MEGABYTE }).write("x");
    if (request.url === "/zipped")
      return void response.writeHead(200, { "content-encoding": "gzip" }).end("x");
    if (request.url === "/endless") {
      const drip = () => {
        for (let more = true; more && !response.destroyed; ) {
          sent += 65_536;
          more = response.write(Buffer.alloc(65_536));
        }
      };
      response.on("drain", drip);
      return drip();
    }
    return void response.end(Buffer.alloc(Number(request.url!.slice(1)) * 1024));
  });
  assert.deepEqual(await read(`https://${HOST}/said`), GONE);
  assert.deepEqual(await read(`https://${HOST}/zipped`), GONE);
  assert.deepEqual(await read(`https://${HOST}/endless`), GONE);
  assert.ok(sent < 32 * MEGABYTE, `${sent} bytes were sent`);
  const fits = await read(`https://${HOST}/3584`, `https://${HOST}/3584`);
  assert.ok("files" in fits && fits.files.every(({ content }) => content.length === 3_584 * 1024));
  assert.deepEqual(await read(`https://${HOST}/3584`, `https://${HOST}/3585`), GONE);
  const inline = Buffer.alloc(MEGABYTE).toString("base64");
  const both = [
    { name: "a", content: inline },
    { name: "b", url: `https://${HOST}/6145` },
  ];
  assert.deepEqual(await readAttachments(both, open, new AbortController().signal), GONE);
});

test("nobody waits longer than ten seconds, nor after the provider was closed", async (t) => {
  const { read, closing } = await world(t, () => undefined);
  const startMs = performance.now();
  assert.deepEqual(await read(`https://${HOST}/never`), LATER);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs > 9_500 && tookMs < 12_000, `${tookMs} ms`);
  const waiting = read(`https://${HOST}/never`);
  closing.abort();
  assert.deepEqual(await waiting, LATER);
});
