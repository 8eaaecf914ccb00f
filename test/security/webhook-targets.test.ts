import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { lookup } from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { checkWebhookUrl } from "../../functions/core/net/webhook-url.ts";
import {
  WEBHOOK_FORMATS,
  WebhookAddress,
  type WebhookFormat,
} from "../../functions/core/recipient/address.ts";
import { egress } from "../../functions/platform/egress.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import { webhookProvider } from "../../functions/providers/webhook/webhook.ts";
import { makeCertificates } from "../../local/fakes/certificates.ts";
import { message, soon, target } from "../contract/provider-world.ts";
import { type Canary, startCanary } from "./canary.ts";
import { hostileEndpoints } from "./hostile-endpoints.ts";
import { hostileAnswers } from "./hostile-provider-suite.ts";
import { startSpeaking } from "./hostile-server.ts";

/** Of the corpus for Web Push, hosts that are only on no push service's list: a webhook may be anywhere. */
const PUBLIC = new Set([
  "https://push.apple.com/x",
  "https://web.push.apple.com.evil.example/x",
  "https://evil-push.apple.com/x",
  "https://evilpush.apple.com/x",
  "https://fcm.googleapis.com.evil.example/x",
  "https://evil.fcm.googleapis.com/x",
  "https://storage.googleapis.com/x",
  "https://apple.com/x",
  "https://a.push.example.com/x",
  "https://push.example.net/x",
  // By its name; where it leads is seen when it is connected to.
  "https://127.0.0.1.nip.io/x",
]);

/** Well spelled for the schema of a profile; refused only when it comes to sending. */
const MORE_URLS = [
  "https://-.push.apple.com/x",
  "https://xn--wb-nlc.push.apple.com/x",
  "https://xn--fcm.googleapis.com/x",
  `https://${"a".repeat(64)}.push.apple.com/x`,
  `https://${"a.".repeat(130)}push.apple.com/x`,
  "https://metadata.google.internal/computeMetadata/v1/",
  "https://instance-data.ec2.internal/latest/meta-data/",
  "https://ip-10-0-0-1.eu-central-1.compute.internal/x",
  "https://localhost.localdomain/x",
  "https://app.localhost/x",
  "https://printer.local/x",
  "https://router.lan/x",
  "https://hidden.onion/x",
  "https://1.0.0.127.in-addr.arpa/x",
];

const ofWebhooks = (port: number): string[] => [
  "http://hooks.slack.com/services/x",
  "HTTPS://hooks.slack.com/services/x",
  "https://HOOKS.slack.com/services/x",
  "https://hooks.slack.com",
  "https://hooks.slack.com:8443/services/x",
  `https://hooks.slack.com:${port}/services/x`,
  `https://hooks.slack.com@127.0.0.1:${port}/x`,
  `https://hooks.slack.com:443@127.0.0.1:${port}/x`,
  `https://127.0.0.1:${port}/#hooks.slack.com`,
  `https://127.0.0.1:${port}\\.hooks.slack.com/x`,
  "https://hooks.slack.com./x",
  "https://hooks.slack.com/a/../b",
  "https://hooks.slack.com/x#y",
  "https://intranet/x",
  "https://metadata/x",
];

const corpus = (port: number): string[] =>
  [...new Set([...hostileEndpoints(port), ...ofWebhooks(port)])].filter((url) => !PUBLIC.has(url));

const credentials = {
  secret: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
  telegramBotToken: `123456:${"A".repeat(35)}`,
};
const providerBy = (open: OpenSocket) => webhookProvider({ app: "a", credentials, open, now: Date.now });

let canary: Canary;
before(async () => {
  canary = await startCanary();
});
after(() => canary.close());

const withUrl = WEBHOOK_FORMATS.filter((format) => format !== "telegram");

test("hostile webhooks are refused at registration, whatever they call themselves", () => {
  const urls = [...new Set([...corpus(canary.ports[0]!), ...MORE_URLS])];
  assert.ok(urls.length >= 60, `${urls.length} URLs`);
  for (const url of urls)
    for (const format of withUrl) {
      const { success } = WebhookAddress.safeParse({ format, url });
      assert.equal(success, false, `${format} ${JSON.stringify(url)}`);
    }
});

test("hooks that tools hand out are taken, and read the same by everybody", () => {
  for (const url of [
    ...PUBLIC,
    "https://hooks.slack.com/services/T00000000/B00000000/aaaaaaaaaaaaaaaaaaaaaaaa",
    "https://discord.com/api/webhooks/1234567890/abc-DEF_ghi",
    "https://open.feishu.cn/open-apis/bot/v2/hook/0a1b2c3d-0000-1111-2222-333344445555",
    "https://open.larksuite.com/open-apis/bot/v2/hook/0a1b2c3d",
    "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "https://shop.example:443/hooks/clarion?tenant=1&a=%2Fb",
  ]) {
    assert.equal(WebhookAddress.safeParse({ format: "standard", url }).success, true, url);
    const answer = checkWebhookUrl(url);
    assert.ok(answer.ok, url);
    assert.equal(answer.origin + answer.path, new URL(url).href);
  }
});

test("hostile webhooks that stand in a profile all the same open no connection at send", async () => {
  const opened: string[] = [];
  // Every way out leads to the canary: whatever the provider tried to reach would be seen there.
  const open: OpenSocket = (host) => {
    opened.push(host);
    return connect({ host: "127.0.0.1", port: canary.ports[0]!, servername: host });
  };
  const provider = providerBy(open);
  const send = await provider.prepare(message());
  const urls = [...new Set([...corpus(canary.ports[0]!), ...MORE_URLS])];
  assert.ok(urls.length >= 140, `${urls.length} URLs`);
  for (const token of urls)
    for (const format of withUrl) {
      const outcome = await send(target({ kind: "webhook", token, format, secret: "SEC1" }), soon());
      assert.deepEqual(outcome, { kind: "rejected", reason: "endpoint_refused" }, `${format} ${token}`);
    }
  for (const token of [
    "",
    "1/../getMe",
    "@a b",
    "1\r\nHost: x",
    "https://127.0.0.1/",
    "@x?chat_id=2",
    "１",
  ]) {
    const outcome = await send(target({ kind: "webhook", token, format: "telegram" }), soon());
    assert.deepEqual(outcome, { kind: "rejected", reason: "bad_chat" }, token);
  }
  assert.deepEqual([opened, canary.hits], [[], []]);
  await send(target({ kind: "webhook", token: "https://shop.example/x", format: "standard" }), soon());
  assert.deepEqual(opened, ["shop.example"]);
  assert.equal(canary.hits.length, 1, "the canary sees what gets through");
  canary.hits.length = 0;
  provider.close();
});

test("a public name that DNS leads inside is refused when it is connected to", async () => {
  const inside = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:127.0.0.1"];
  for (const address of inside) {
    const family = address.includes(":") ? 6 : 4;
    const resolve = ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, [{ address, family }])) as unknown as typeof lookup;
    const provider = providerBy(egress({ resolve }));
    for (const token of ["https://127.0.0.1.nip.io/x", "https://rebound.evil.example/x"]) {
      const to = target({ kind: "webhook", token, format: "standard" });
      const outcome = await (await provider.prepare(message()))(to, soon());
      assert.deepEqual(outcome, { kind: "rejected", reason: "address_not_public" }, address);
    }
    provider.close();
  }
  assert.deepEqual(canary.hits, []);
});

test("a receiver's redirect is followed nowhere, and its certificate is its own or none", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-hooks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const receiver = await startSpeaking(await makeCertificates(folder), (stream) =>
    stream.respond({ ":status": 200 }, { endStream: true }),
  );
  t.after(receiver.close);
  const hosts = ["hooks.receiver.example", "hooks.slack.com", "not-in-the-certificate.example"];
  const overrides = Object.fromEntries(hosts.map((host) => [host, `127.0.0.1:${receiver.port}`]));
  const provider = providerBy(egress({ overrides, ca: receiver.ca }));
  t.after(provider.close);
  const send = async (host: string, format: WebhookFormat) => {
    const to = target({ kind: "webhook", token: `https://${host}/x`, format });
    return (await provider.prepare(message()))(to, soon());
  };
  const inside = `127.0.0.1:${canary.ports[0]}`;
  for (const status of [300, 301, 302, 303, 305, 307, 308])
    for (const location of [`https://${inside}/x`, `http://${inside}/x`, `//${inside}/x`, "/elsewhere"]) {
      receiver.answer = (stream) =>
        stream.respond({ ":status": status, location, refresh: `0;url=${location}` }, { endStream: true });
      const asked = receiver.requests;
      const refused = { kind: "rejected", status, reason: "redirect_refused" };
      assert.deepEqual(await send("hooks.receiver.example", "standard"), refused);
      assert.deepEqual(await send("hooks.slack.com", "slack"), refused);
      assert.equal(receiver.requests, asked + 2, `${status} to ${location}`);
    }
  const asked = receiver.requests;
  const stranger = await send("not-in-the-certificate.example", "standard");
  assert.deepEqual(stranger, { kind: "rejected", reason: "certificate_refused" });
  assert.equal(receiver.requests, asked);
  assert.deepEqual(canary.hits, []);
});

const hook = (format: WebhookFormat, base: string) => () =>
  target({ kind: "webhook", token: base + randomBytes(8).toString("hex"), format });
hostileAnswers({
  name: "webhook",
  http1: true,
  hosts: ["hooks.receiver.example"],
  accept: (stream) => stream.respond({ ":status": 200 }, { endStream: true }),
  target: hook("standard", "https://hooks.receiver.example/"),
  make: ({ open }) => providerBy(open),
});
hostileAnswers({
  name: "webhook to a robot",
  http1: true,
  hosts: ["open.feishu.cn"],
  accept: (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/json" });
    stream.end('{"code":0,"msg":"success"}');
  },
  target: hook("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/"),
  make: ({ open }) => providerBy(open),
});
