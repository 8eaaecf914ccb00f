import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync } from "node:crypto";
import { after, before, mock, type TestContext, test } from "node:test";
import type { Provider } from "../../../functions/core/dispatch/provider.ts";
import { mobilePushSource } from "../../../functions/platform/sources/mobile-push.ts";
import { webPushSource } from "../../../functions/platform/sources/web-push.ts";
import { startSecrets } from "./fake-secrets.ts";
import { toldLines } from "./told-lines.ts";

const LEASE_MS = 35_000;
/** Credentials are read again after this. */
const READ_AGAIN_MS = 60_000;
const { privateKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const APNS = { teamId: "TEAM123456", keyId: "KEY1234567", privateKey, bundleId: "com.example.app" };

const ecdh = createECDH("prime256v1");
const publicKey = ecdh.generateKeys("base64url");
const WEBPUSH = {
  publicKey,
  privateKey: Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()])
    .subarray(-32)
    .toString("base64url"),
  subject: "mailto:push@example.com",
};

let secrets: Awaited<ReturnType<typeof startSecrets>>;
before(async () => {
  secrets = await startSecrets();
  Object.assign(process.env, {
    SECRET_PREFIX: "Clarion",
    TABLE_GUARD: "guard",
    CLARION_SETTINGS: JSON.stringify({ leaseMs: LEASE_MS, webPushHosts: [] }),
  });
});
after(() => secrets.close());

const putApns = (app: string, version: string) =>
  secrets.put(`Clarion/mobilePush/${app}/apns`, JSON.stringify(APNS), version);

type Closable = Provider & { close(): void };
const made = (answer: Provider | { missing: string }): Closable => {
  assert.ok(!("missing" in answer), JSON.stringify(answer));
  return answer as Closable; // the source's own type hides what only the source may call
};

const virtualTime = ({ mock: { timers } }: TestContext) => {
  timers.enable({ apis: ["Date", "setTimeout"], now: Date.now() });
  return timers;
};

test("a rotation makes a new provider; the old one is closed when nothing can be in flight on it", async (t) => {
  const timers = virtualTime(t);
  const source = mobilePushSource();
  putApns("shop", "v1");
  const old = made(await source("shop", "apns"));
  const closed = mock.method(old, "close");
  assert.equal(await source("shop", "apns"), old, "connections are kept");
  putApns("shop", "v2");
  assert.equal(await source("shop", "apns"), old, "the secret is read once a minute");
  timers.tick(READ_AGAIN_MS);
  const fresh = made(await source("shop", "apns"));
  assert.notEqual(fresh, old);
  timers.tick(LEASE_MS - 1);
  assert.equal(closed.mock.callCount(), 0, "a request that began under the old key goes on");
  timers.tick(1);
  assert.equal(closed.mock.callCount(), 1);
  assert.equal(await source("shop", "apns"), fresh);
});

test("each app has a provider of its own, also under the same secret version", async () => {
  const source = mobilePushSource();
  putApns("one", "v1");
  putApns("two", "v1");
  const [one, two] = [made(await source("one", "apns")), made(await source("two", "apns"))];
  assert.notEqual(one, two);
  assert.equal(await source("one", "apns"), one);
});

test("credentials that are missing, or appear later, are a reason and then a provider", async (t) => {
  const timers = virtualTime(t);
  const source = mobilePushSource();
  assert.deepEqual(await source("late", "apns"), { missing: "channel_not_configured" });
  secrets.put("Clarion/mobilePush/late/apns", JSON.stringify({ ...APNS, teamId: "?" }), "v1");
  timers.tick(READ_AGAIN_MS);
  const lines = toldLines(t);
  assert.deepEqual(await source("late", "apns"), { missing: "credentials_unreadable" });
  assert.match(lines.join(""), /"credentials unreadable".*"fields":"teamId"/);
  putApns("late", "v2");
  timers.tick(READ_AGAIN_MS);
  assert.equal(made(await source("late", "apns")).name, "apns");
});

test("providers of a hundred apps are kept; the one that was used longest ago makes room and is closed later", async (t) => {
  const timers = virtualTime(t);
  const source = webPushSource();
  const ask = async (index: number) => {
    secrets.put(`Clarion/webPush/app${index}/webpush`, JSON.stringify(WEBPUSH), "v1");
    return made(await source(`app${index}`, "webpush"));
  };
  const first = await ask(0);
  const closed = mock.method(first, "close");
  for (let index = 1; index < 100; index++) await ask(index);
  for (let index = 1; index < 100; index++) await ask(index);
  assert.equal(closed.mock.callCount(), 0, "a hundred have room");
  const second = await ask(1);
  await ask(100);
  assert.equal(await ask(1), second);
  assert.notEqual(await ask(0), first);
  timers.tick(LEASE_MS - 1);
  assert.equal(closed.mock.callCount(), 0);
  timers.tick(1);
  assert.equal(closed.mock.callCount(), 1);
});

test("a job that came to the wrong dispatcher is a bug, not a missing credential", async () => {
  await assert.rejects(mobilePushSource()("shop", "webpush"), /webpush is not one of this dispatcher's/);
  await assert.rejects(webPushSource()("shop", "websocket"), /websocket is not one of this dispatcher's/);
});
