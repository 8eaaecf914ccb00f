import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { ApnsCredentials } from "../../../functions/core/credentials/apns.ts";
import { FcmCredentials } from "../../../functions/core/credentials/fcm.ts";
import { WebPushCredentials } from "../../../functions/core/credentials/webpush.ts";
import { providerCredentials } from "../../../functions/platform/credentials.ts";
import { startSecrets } from "../platform/fake-secrets.ts";
import { toldLines } from "../platform/told-lines.ts";

const PEM = {
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
} as const;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256", ...PEM });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384", ...PEM });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048, ...PEM });
const vapid = () => {
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  const bare = ecdh.getPrivateKey();
  const privateKey = Buffer.concat([Buffer.alloc(32 - bare.length), bare]).toString("base64url");
  return { publicKey, privateKey };
};

const apns = {
  teamId: "TEAM123456",
  keyId: "KEY1234567",
  privateKey: ec.privateKey,
  bundleId: "com.example.app",
};
const fcm = {
  type: "service_account",
  project_id: "my-project-1",
  client_email: "push@my-project-1.iam.gserviceaccount.com",
  private_key: rsa.privateKey,
};
const webpush = { ...vapid(), subject: "mailto:push@example.com" };

test("credentials as vendors hand them out are taken, with their defaults", () => {
  assert.equal(ApnsCredentials.parse(apns).environment, "production");
  const parsed = FcmCredentials.parse({ ...fcm, universe_domain: "googleapis.com", client_id: "1" });
  assert.equal(parsed.token_uri, "https://oauth2.googleapis.com/token");
  assert.deepEqual(WebPushCredentials.parse({ ...webpush, previous: vapid() }).publicKey, webpush.publicKey);
});

test("what could not sign, or would send assertions elsewhere, is refused", () => {
  const wrong: [{ safeParse(input: unknown): { success: boolean } }, object][] = [
    [ApnsCredentials, { ...apns, teamId: "short" }],
    [ApnsCredentials, { ...apns, privateKey: rsa.privateKey }],
    [ApnsCredentials, { ...apns, privateKey: p384.privateKey }],
    [
      ApnsCredentials,
      { ...apns, privateKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" },
    ],
    [ApnsCredentials, { ...apns, bundleId: "a b" }],
    [ApnsCredentials, { ...apns, password: "x" }],
    [FcmCredentials, { ...fcm, type: "authorized_user" }],
    [FcmCredentials, { ...fcm, private_key: ec.privateKey }],
    [FcmCredentials, { ...fcm, project_id: "../x" }],
    [FcmCredentials, { ...fcm, token_uri: "https://evil.example/token" }],
    [FcmCredentials, { ...fcm, token_uri: "http://oauth2.googleapis.com/token" }],
    [FcmCredentials, { ...fcm, token_uri: "https://oauth2.googleapis.com@evil.example/token" }],
    [FcmCredentials, { ...fcm, token_uri: "https://evilgoogleapis.com/token" }],
    [WebPushCredentials, { ...webpush, privateKey: vapid().privateKey }],
    [WebPushCredentials, { ...webpush, subject: "push@example.com" }],
    [WebPushCredentials, { ...webpush, previous: { ...vapid(), privateKey: webpush.privateKey } }],
    [WebPushCredentials, { ...webpush, publicKey: "AAAA" }],
  ];
  for (const [shape, input] of wrong)
    assert.equal(shape.safeParse(input).success, false, JSON.stringify(input));
});

let secrets: Awaited<ReturnType<typeof startSecrets>>;
before(async () => {
  secrets = await startSecrets();
  process.env["SECRET_PREFIX"] = "Clarion";
});
after(() => secrets.close());

test("an app's credentials come from its own secret; none, or a broken one, are reasons", async (t) => {
  secrets.put("Clarion/mobilePush/shop/apns", JSON.stringify(apns), "v1");
  secrets.put("Clarion/mobilePush/shop/fcm", "{not json", "v1");
  const found = await providerCredentials("shop", "apns");
  assert.ok("value" in found);
  assert.deepEqual([found.value.keyId, found.version], ["KEY1234567", "v1"]);
  const lines = toldLines(t);
  assert.deepEqual(await providerCredentials("shop", "fcm"), { missing: "credentials_unreadable" });
  const logged = lines.join("");
  assert.match(logged, /credentials unreadable/);
  assert.doesNotMatch(logged, /not json/);
  assert.deepEqual(await providerCredentials("shop", "webpush"), { missing: "channel_not_configured" });
  assert.deepEqual(await providerCredentials("other", "apns"), { missing: "channel_not_configured" });
});

test("a rotation is noticed within a minute, without a restart", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const put = (keyId: string, VersionId: string) =>
    secrets.put("Clarion/mobilePush/turn/apns", JSON.stringify({ ...apns, keyId }), VersionId);
  const keyId = async () => {
    const found = await providerCredentials("turn", "apns");
    return "value" in found ? found.value.keyId : found.missing;
  };
  put("KEY0000001", "v1");
  assert.equal(await keyId(), "KEY0000001");
  put("KEY0000002", "v2");
  assert.equal(await keyId(), "KEY0000001", "kept for a minute");
  context.mock.timers.setTime(Date.now() + 61_000);
  assert.equal(await keyId(), "KEY0000002");
});
