import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, mock, test } from "node:test";
import { ApnsCredentials } from "../../../functions/core/credentials/apns.ts";
import { FcmCredentials } from "../../../functions/core/credentials/fcm.ts";
import { WebPushCredentials } from "../../../functions/core/credentials/webpush.ts";
import { providerCredentials } from "../../../functions/platform/credentials.ts";

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

/** Secrets Manager, as far as GetSecretValue. */
const secrets = new Map<string, { SecretString: string; VersionId: string }>();
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
  const found = secrets.get(SecretId);
  const body = found ?? { __type: "ResourceNotFoundException", message: "no such secret" };
  response.writeHead(found ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify(body));
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    SECRET_PREFIX: "Clarion",
  });
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test("an app's credentials come from its own secret; none, or a broken one, are reasons", async () => {
  secrets.set("Clarion/mobilePush/shop/apns", { SecretString: JSON.stringify(apns), VersionId: "v1" });
  secrets.set("Clarion/mobilePush/shop/fcm", { SecretString: "{not json", VersionId: "v1" });
  const found = await providerCredentials("shop", "apns");
  assert.ok("value" in found);
  assert.deepEqual([found.value.keyId, found.version], ["KEY1234567", "v1"]);
  const lines = mock.method(process.stdout, "write", () => true);
  assert.deepEqual(await providerCredentials("shop", "fcm"), { missing: "credentials_unreadable" });
  const logged = lines.mock.calls.map((call) => String(call.arguments[0])).join("");
  lines.mock.restore();
  assert.match(logged, /credentials unreadable/);
  assert.doesNotMatch(logged, /not json/);
  assert.deepEqual(await providerCredentials("shop", "webpush"), { missing: "channel_not_configured" });
  assert.deepEqual(await providerCredentials("other", "apns"), { missing: "channel_not_configured" });
});

test("a rotation is noticed within a minute, without a restart", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const put = (keyId: string, VersionId: string) =>
    secrets.set("Clarion/mobilePush/turn/apns", {
      SecretString: JSON.stringify({ ...apns, keyId }),
      VersionId,
    });
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
