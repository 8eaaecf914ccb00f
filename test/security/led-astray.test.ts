import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import type { lookup } from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type EgressOptions, egress } from "../../functions/platform/egress.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { type Certificates, makeCertificates } from "../../local/fakes/certificates.ts";
import { message, soon, target } from "../contract/provider-world.ts";
import { type Canary, startCanary } from "./canary.ts";
import { type HostileServer, type SpokenAnswer, startSpeaking } from "./hostile-server.ts";

/** A push service that is on the list, and then points elsewhere: by its answer, or by its name's address. */
const HOST = "web.push.apple.com";
let folder: string;
let certificates: Certificates;
let canary: Canary;
let service: HostileServer<SpokenAnswer>;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "clarion-astray-"));
  certificates = await makeCertificates(folder);
  canary = await startCanary();
  service = await startSpeaking(certificates, (stream) =>
    stream.respond({ ":status": 201 }, { endStream: true }),
  );
});
after(async () => {
  await canary.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

const vapid = createECDH("prime256v1");
const publicKey = vapid.generateKeys("base64url");
const privateKey = Buffer.from(vapid.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
const browser = createECDH("prime256v1").generateKeys("base64url");

/** Sends to subscriptions of the host, one after the other, by one provider. */
async function send(open: OpenSocket, count = 1) {
  const credentials = { publicKey, privateKey, subject: "mailto:a@example.com" };
  const provider = webPushProvider({ credentials, extraHosts: [], open, now: Date.now });
  const outcomes = [];
  for (let n = 0; n < count; n++) {
    const keys = { p256dh: browser, auth: randomBytes(16).toString("base64url") };
    const to = target({ kind: "webpush", token: `https://${HOST}/${n}`, keys });
    outcomes.push(await (await provider.prepare(message()))(to, soon(2_000)));
  }
  provider.close();
  return outcomes;
}

const LEADS = (port: number) => [
  `https://127.0.0.1:${port}/x`,
  `http://127.0.0.1:${port}/x`,
  `//127.0.0.1:${port}/x`,
  `https://localhost:${port}/x`,
  "http://169.254.169.254/latest/meta-data/",
  `https://${HOST}/elsewhere`,
  "/elsewhere",
];

test("no redirect is followed, to whatever it leads and however it is called", async () => {
  const open = egress({ overrides: { [HOST]: `127.0.0.1:${service.port}` }, ca: service.ca });
  for (const status of [300, 301, 302, 303, 305, 307, 308])
    for (const location of LEADS(canary.ports[0]!)) {
      service.answer = (stream) =>
        stream.respond({ ":status": status, location, refresh: `0;url=${location}` }, { endStream: true });
      const asked = service.requests;
      const [outcome] = await send(open);
      assert.deepEqual(outcome, { kind: "rejected", status, reason: `status_${status}` });
      assert.equal(service.requests, asked + 1, `${status} to ${location}`);
    }
  assert.deepEqual(canary.hits, []);
});

test("nor over HTTP/1.1", async (t) => {
  let requests = 0;
  const { key, cert } = certificates;
  const server = createServer({ key, cert, ALPNProtocols: ["http/1.1"] }, (_, response) => {
    requests++;
    response.writeHead(307, { Location: `https://127.0.0.1:${canary.ports[0]}/x` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const outcomes = await send(egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca: service.ca }), 2);
  assert.deepEqual(
    outcomes.map(({ kind, status }) => [kind, status]),
    [
      ["rejected", 307],
      ["rejected", 307],
    ],
  );
  assert.equal(requests, 2);
  assert.deepEqual(canary.hits, []);
});

type Found = { address: string; family: number };
/** A name server that says something else each time it is asked. */
function dns(...answers: Found[][]): { resolve: EgressOptions["resolve"] & object; asked(): number } {
  let asked = 0;
  const resolve = (_host: string, _options: object, done: (error: null, found: Found[]) => void) =>
    done(null, answers[Math.min(asked++, answers.length - 1)]!);
  return { resolve: resolve as unknown as typeof lookup, asked: () => asked };
}
const at = (address: string): Found => ({ address, family: address.includes(":") ? 6 : 4 });
/** As public as any; it is never called. */
const PUBLIC = at("192.31.196.1");
const INSIDE = [
  "127.0.0.1",
  "::1",
  "10.0.0.1",
  "169.254.169.254",
  "::ffff:127.0.0.1",
  "fd00:ec2::254",
  "0.0.0.0",
  "64:ff9b::7f00:1",
];

test("a name that leads inside is refused at each connection, not only at the first", async () => {
  for (const address of INSIDE) {
    const { resolve, asked } = dns([at(address)]);
    const outcomes = await send(egress({ ca: service.ca, resolve }), 2);
    assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["retry"], address);
    for (const { reason } of outcomes) assert.equal(reason, "connect_EADDRNOTPUBLIC", address);
    assert.ok(asked() >= 2, "asked again each time");
  }
  assert.deepEqual(canary.hits, []);
});

test("a name that is public when it is looked at first and inside when it is called leads nowhere", async () => {
  const { resolve, asked } = dns([PUBLIC], [at("127.0.0.1")]);
  const attempts: string[] = [];
  const open: OpenSocket = (host, alpn) => {
    const socket = egress({ ca: service.ca, resolve })(host, alpn);
    socket.on("connectionAttempt", (address) => attempts.push(address));
    // Taken back as soon as the public address is known: nothing leaves this machine, and the name is asked for again.
    socket.on("lookup", (_error, address) => {
      if (address === PUBLIC.address) socket.destroy(new Error("taken back"));
    });
    return socket;
  };
  const outcomes = await send(open, 2);
  assert.equal(asked() >= 2, true, "both answers were given");
  assert.equal(outcomes.at(-1)?.reason, "connect_EADDRNOTPUBLIC", JSON.stringify(outcomes));
  assert.deepEqual(attempts, []);
  assert.deepEqual(canary.hits, []);
});

test("of many addresses only the public ones are tried", async () => {
  const { resolve } = dns([at("127.0.0.1"), at("::1"), at("10.1.1.1")]);
  const [outcome] = await send(egress({ ca: service.ca, resolve }));
  assert.equal(outcome?.reason, "connect_EADDRNOTPUBLIC");
  assert.deepEqual(canary.hits, []);
});

test("the canary hears what does get through", async () => {
  const port = canary.ports[0]!;
  await send(egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca: service.ca }));
  assert.ok(canary.hits.includes(`127.0.0.1:${port}`));
});
