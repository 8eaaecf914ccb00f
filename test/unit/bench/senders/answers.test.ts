import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as connectTls, createServer, type Server } from "node:tls";
import { answerHttp1, requestReader } from "../../../../bench/senders/http1-answers.ts";
import { answerHttp2, type CannedAnswer, type FakeState } from "../../../../bench/senders/http2-answers.ts";
import { answersPerSecond } from "../../../../bench/senders/prove.ts";
import { makeCertificates } from "../../../../local/fakes/certificates.ts";

const HOST = "fcm.googleapis.com";
const answer: CannedAnswer = {
  status: 200,
  headers: [["content-type", "application/json"]],
  body: '{"name":"x"}',
};
const state: FakeState = { delayMs: 0, answered: 0 };
let server: Server;
let ca: string;
let port: number;

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const { key, cert } = await makeCertificates(folder);
  rmSync(folder, { recursive: true });
  ca = cert;
  server = createServer({ key, cert, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (socket.alpnProtocol === "h2") answerHttp2(socket, { answer, maxStreams: 100, state });
    else answerHttp1(socket, { answer, state });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => new Promise((resolve) => server.close(resolve)));

const tls = (alpn: string) =>
  connectTls({ host: "127.0.0.1", port, servername: HOST, ca, ALPNProtocols: [alpn] });

async function withClient(work: (client: ClientHttp2Session) => Promise<void>): Promise<void> {
  const client = connect(`https://${HOST}`, { createConnection: () => tls("h2") });
  try {
    await once(client, "remoteSettings");
    await work(client);
  } finally {
    client.destroy();
  }
}

async function post(client: ClientHttp2Session, body: Buffer): Promise<{ status: unknown; text: string }> {
  const stream = client.request({ ":method": "POST", ":path": "/x" });
  stream.end(body);
  const [headers] = await once(stream, "response");
  let text = "";
  for await (const chunk of stream) text += chunk;
  return { status: headers[":status"], text };
}

test("node's own client understands the hand-made frames", () =>
  withClient(async (client) => {
    assert.equal(client.remoteSettings.maxConcurrentStreams, 100);
    const counted = state.answered;
    const replies = await Promise.all(Array.from({ length: 300 }, () => post(client, Buffer.from("{}"))));
    for (const reply of replies) assert.deepEqual(reply, { status: 200, text: '{"name":"x"}' });
    assert.equal(state.answered - counted, 300);
    await new Promise<void>((resolve, reject) => client.ping((error) => (error ? reject(error) : resolve())));
  }));

test("more bytes than one connection's window pass: what was used is given back", () =>
  withClient(async (client) => {
    const megabyte = Buffer.alloc(1 << 20);
    for (let sent = 0; sent < 40; sent++) assert.equal((await post(client, megabyte)).status, 200);
    const { remoteWindowSize = 0 } = client.state;
    assert.ok(remoteWindowSize > (1 << 30) - (20 << 20), `${remoteWindowSize} bytes left`);
  }));

test("an answer takes as long as it is told to", () =>
  withClient(async (client) => {
    state.delayMs = 60;
    const startMs = performance.now();
    await post(client, Buffer.from("{}"));
    state.delayMs = 0;
    assert.ok(performance.now() - startMs >= 59);
  }));

test("HTTP/1.1 over a kept connection", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => tls("http/1.1");
  const counted = state.answered;
  for (const size of [0, 10, 100_000]) {
    const sending = request({ agent, host: HOST, method: "POST", headers: { "content-length": size } });
    sending.end(Buffer.alloc(size));
    const [response] = await once(sending, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    assert.deepEqual([response.statusCode, text], [200, '{"name":"x"}']);
  }
  agent.destroy();
  assert.equal(state.answered - counted, 3);
});

test("HTTP/1.1 requests are counted when they are whole, however they are cut", () => {
  const one = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
  const read = requestReader();
  const counts = [...`${one}${one}`].map((byte) => read(Buffer.from(byte)));
  assert.deepEqual(
    counts.flatMap((count, at) => (count > 0 ? [[count, at + 1]] : [])),
    [
      [1, one.length],
      [1, 2 * one.length],
    ],
  );
  assert.equal(requestReader()(Buffer.from(`${one}${one}${one}`)), 3);
});

test("the proof counts what came, and fails when the fake goes away", async () => {
  assert.ok((await answersPerSecond({ host: HOST, port, ca })) > 1_000);
  await assert.rejects(answersPerSecond({ host: HOST, port: 1, ca }), /ECONNREFUSED/);
});
