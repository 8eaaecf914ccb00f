import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { checkEndpoint } from "../../functions/core/net/endpoint-rule.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { message, soon, target } from "../contract/provider-world.ts";
import { EXTRA_HOSTS, hostileEndpoints } from "./hostile-endpoints.ts";

const FRIENDLY = [
  "https://web.push.apple.com/QO1-_x",
  "https://web.push.apple.com:443/QO1-_x",
  "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
  "https://fcm.googleapis.com/wp/abc:APA91b",
  "https://updates.push.services.mozilla.com/wpush/v2/gAAAA-_",
  "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2bx%3d%3d",
  "https://push.example.com/x",
  "https://a.b.push.example.net/x",
];

let canary: Server;
let hits = 0;

before(async () => {
  canary = createServer((socket) => {
    hits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
});
after(() => canary.close());

const port = () => (canary.address() as AddressInfo).port;

test("hostile endpoints are refused at registration", () => {
  const urls = hostileEndpoints(port());
  assert.ok(new Set(urls).size >= 60);
  for (const url of urls) assert.equal(checkEndpoint(url, EXTRA_HOSTS).ok, false, JSON.stringify(url));
});

test("endpoints that push services hand out are taken, and read the same by everybody", () => {
  for (const url of FRIENDLY) {
    const answer = checkEndpoint(url, EXTRA_HOSTS);
    assert.ok(answer.ok, url);
    assert.equal(answer.origin, new URL(url).origin);
    assert.equal(`${answer.origin}${answer.path}`, new URL(url).href);
  }
});

test("a wildcard over everything matches nothing", () => {
  for (const pattern of ["*", "*.", "*.com"])
    assert.equal(checkEndpoint("https://evil.com/x", [pattern]).ok, false, pattern);
});

test("hostile endpoints that were registered all the same never open a connection at send", async () => {
  const opened: string[] = [];
  // Every way out leads to the canary: whatever the provider tried to reach would be seen there.
  const open: OpenSocket = (host) => {
    opened.push(host);
    return connect({ host: "127.0.0.1", port: port(), servername: host });
  };
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  const browser = createECDH("prime256v1").generateKeys("base64url");
  const credentials = {
    publicKey,
    privateKey: ecdh.getPrivateKey("base64url"),
    subject: "mailto:a@example.com",
  };
  const provider = webPushProvider({ credentials, extraHosts: EXTRA_HOSTS, open, now: Date.now });
  const send = await provider.prepare(message());
  const keys = { p256dh: browser, auth: randomBytes(16).toString("base64url") };
  for (const url of hostileEndpoints(port())) {
    const outcome = await send(target({ kind: "webpush", token: url, keys }), soon());
    assert.deepEqual(outcome, { kind: "rejected", reason: "endpoint_refused" }, JSON.stringify(url));
  }
  assert.deepEqual(opened, []);
  assert.equal(hits, 0);
  await send(target({ kind: "webpush", token: FRIENDLY[0] ?? "", keys }), soon());
  assert.ok(hits > 0, "the canary sees what gets through");
  provider.close();
});
