import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { webhookHosts } from "../../../../functions/providers/webhook/transport.ts";
import { makeCertificates } from "../../../../local/fakes/certificates.ts";
import { type HostileServer, type SpokenAnswer, startSpeaking } from "../../../security/hostile-server.ts";

const folder = mkdtempSync(join(tmpdir(), "clarion-hosts-"));
let server: HostileServer<SpokenAnswer>;
before(async () => {
  server = await startSpeaking(await makeCertificates(folder), (stream) =>
    stream.respond({ ":status": 200 }, { endStream: true }),
  );
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Any host leads to the one server; each socket is kept in sight. */
function watched() {
  const sockets: { host: string; socket: TLSSocket }[] = [];
  const hosts = webhookHosts((host) => {
    const socket = connect({ port: server.port, servername: "hooks.receiver.example", ca: server.ca });
    sockets.push({ host, socket });
    return socket;
  });
  const live = () => sockets.filter(({ socket }) => !socket.destroyed).map(({ host }) => host);
  const send = (host: string) =>
    hosts.send({ host, path: "/x", headers: {}, body: "{}" }, Date.now() + 5_000);
  return { hosts, sockets, live, send };
}

test("connections are kept, to 64 hosts at most: those that were used last", async () => {
  const { hosts, sockets, live, send } = watched();
  await send("first.example");
  for (let n = 0; n < 70; n++) {
    await send(`h${n}.example`);
    await send("first.example");
  }
  const opened = sockets.map(({ host }) => host);
  assert.equal(opened.filter((host) => host === "first.example").length, 1, "one connection for 71 requests");
  assert.equal(live().length, 64);
  assert.ok(live().includes("first.example") && live().includes("h69.example"));
  assert.ok(!live().includes("h0.example"));
  hosts.close();
  assert.deepEqual(live(), []);
});

test("no request is cut off to make room, and room is made afterwards", async () => {
  const { hosts, live, send } = watched();
  const replies = await Promise.all(Array.from({ length: 90 }, (_, n) => send(`h${n}.example`)));
  assert.deepEqual([...new Set(replies.map(({ kind }) => kind))], ["answer"]);
  await send("last.example");
  assert.equal(live().length, 64);
  hosts.close();
});
