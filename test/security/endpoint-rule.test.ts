import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { checkEndpoint } from "../../functions/core/net/endpoint-rule.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { message, soon, target } from "../contract/provider-suite.ts";

/** Operators' own hosts while the corpus is tried: an extension must not open what the rule closes. */
const EXTRA = ["push.example.com", "*.push.example.net"];

/** Endpoints that a hostile browser may register; each must be refused at registration and at send. */
const HOSTILE = (port: number): string[] => [
  "http://web.push.apple.com/x",
  "HTTPS://web.push.apple.com/x",
  "ftp://web.push.apple.com/x",
  "file:///etc/passwd",
  "gopher://127.0.0.1:70/x",
  "data:text/plain,x",
  "javascript:alert(1)",
  "//web.push.apple.com/x",
  "web.push.apple.com/x",
  "",
  " https://web.push.apple.com/x",
  "https://web.push.apple.com/x ",
  "https://web.push.apple.com/x\n",
  "\thttps://web.push.apple.com/x",
  "https://web.push.\tapple.com/x",
  "https://web.push.apple.com/\r\nHost: 127.0.0.1",
  "https:/web.push.apple.com/x",
  "https:///web.push.apple.com/x",
  "https:web.push.apple.com/x",
  "https:\\\\web.push.apple.com\\x",
  "https://web.push.apple.com",
  "https://web.push.apple.com:8443/x",
  `https://web.push.apple.com:${port}/x`,
  "https://web.push.apple.com:0443/x",
  "https://web.push.apple.com:/x",
  "https://user@web.push.apple.com/x",
  "https://user:password@web.push.apple.com/x",
  "https://web.push.apple.com@127.0.0.1/x",
  `https://web.push.apple.com@127.0.0.1:${port}/x`,
  `https://web.push.apple.com:443@127.0.0.1:${port}/x`,
  `https://127.0.0.1:${port}/#@web.push.apple.com/x`,
  `https://127.0.0.1:${port}\\@web.push.apple.com/x`,
  "https://127.0.0.1;.push.apple.com/",
  "https://127.0.0.1\\.push.apple.com/",
  "https://127.0.0.1?.push.apple.com/",
  "https://127.0.0.1#.push.apple.com/",
  "https://127.0.0.1%23.push.apple.com/",
  "https://127.0.0.1%2f.push.apple.com/",
  "https://127.0.0.1%00.push.apple.com/",
  "https://127.0.0.1&.push.apple.com/",
  "https://127.0.0.1,.push.apple.com/",
  "https://127.0.0.1'.push.apple.com/",
  "https://127.0.0.1*.push.apple.com/",
  "https://127.0.0.1!.push.apple.com/",
  "https://-.push.apple.com/x",
  "https://_.push.apple.com/x",
  "https://..push.apple.com/x",
  "https://.push.apple.com/x",
  "https://push.apple.com/x",
  "https://web.push.apple.com./x",
  "https://web.push.apple.com.evil.example/x",
  "https://evil-push.apple.com/x",
  "https://evilpush.apple.com/x",
  "https://fcm.googleapis.com.evil.example/x",
  "https://evil.fcm.googleapis.com/x",
  "https://storage.googleapis.com/x",
  "https://apple.com/x",
  `https://127.0.0.1:${port}/x`,
  "https://127.0.0.1/x",
  "https://127.1/x",
  "https://2130706433/x",
  "https://0x7f000001/x",
  "https://0x7f.0.0.1/x",
  "https://0177.0.0.1/x",
  "https://127.0.0.1.:443/x",
  "https://[::1]/x",
  `https://[::1]:${port}/x`,
  "https://[::ffff:127.0.0.1]/x",
  "https://[64:ff9b::7f00:1]/x",
  "https://[fe80::1%25eth0]/x",
  `https://localhost:${port}/x`,
  "https://localhost/x",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.170.2/v2/credentials",
  "https://[fd00:ec2::254]/latest/meta-data/",
  "https://10.0.0.1/x",
  "https://①②⑦.0.0.1/x",
  "https://web。push。apple。com/x",
  "https://ｗeb.push.apple.com/x",
  "https://wеb.push.apple.com/x",
  "https://xn--wb-nlc.push.apple.com/x",
  "https://web.push.apple.com/../x",
  "https://web.push.apple.com/a/./b",
  "https://web.push.apple.com/%2e%2e/x",
  "https://web.push.apple.com/x#fragment",
  "https://web.push.apple.com/x\\y",
  "https://web.push.apple.com/é",
  'https://web.push.apple.com/"',
  "https://web.push.apple.com/<x>",
  "https://web.push.apple.com/\u0000",
  `https://web.push.apple.com/${"x".repeat(1_024)}`,
  `https://${"a".repeat(64)}.push.apple.com/x`,
  `https://${"a.".repeat(130)}push.apple.com/x`,
  "https://a.push.example.com/x",
  "https://push.example.net/x",
  "https://push.example.com:444/x",
];

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
  const urls = HOSTILE(port());
  assert.ok(new Set(urls).size >= 60);
  for (const url of urls) assert.equal(checkEndpoint(url, EXTRA).ok, false, JSON.stringify(url));
});

test("endpoints that push services hand out are taken, and read the same by everybody", () => {
  for (const url of FRIENDLY) {
    const answer = checkEndpoint(url, EXTRA);
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
  const provider = webPushProvider({ credentials, extraHosts: EXTRA, open, now: Date.now });
  const send = await provider.prepare(message());
  const keys = { p256dh: browser, auth: randomBytes(16).toString("base64url") };
  for (const url of HOSTILE(port())) {
    const outcome = await send(target({ kind: "webpush", token: url, keys }), soon());
    assert.deepEqual(outcome, { kind: "rejected", reason: "endpoint_refused" }, JSON.stringify(url));
  }
  assert.deepEqual(opened, []);
  assert.equal(hits, 0);
  await send(target({ kind: "webpush", token: FRIENDLY[0] ?? "", keys }), soon());
  assert.ok(hits > 0, "the canary sees what gets through");
  provider.close();
});
