import { createECDH, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { GOOGLE_TOKEN_URI } from "../../functions/core/credentials/fcm.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { fcmProvider } from "../../functions/providers/fcm/fcm.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { target } from "../contract/provider-world.ts";
import { hostileAnswers } from "./hostile-provider-suite.ts";
import type { SpokenAnswer } from "./hostile-server.ts";

const says =
  (status: number, body = ""): SpokenAnswer =>
  (stream) => {
    stream.respond({ ":status": status });
    stream.end(body);
  };
const pemOf = ({ privateKey }: { privateKey: KeyObject }) =>
  String(privateKey.export({ type: "pkcs8", format: "pem" }));

const apnsKey = pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }));
hostileAnswers({
  name: "apns",
  hosts: ["api.push.apple.com"],
  accept: says(200),
  target: () => target({ kind: "apns", token: randomBytes(32).toString("hex"), environment: "production" }),
  make: (options) =>
    apnsProvider({
      ...options,
      unread: async () => 0,
      app: "a",
      credentials: {
        teamId: "TEAM123456",
        keyId: "KEY1234567",
        privateKey: apnsKey,
        bundleId: "com.example",
        environment: "production",
      },
    }),
});

const fcmKey = pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }));
hostileAnswers({
  name: "fcm",
  hosts: ["fcm.googleapis.com"],
  before: {
    hosts: ["oauth2.googleapis.com"],
    answer: says(200, '{"access_token":"t","expires_in":3599,"token_type":"Bearer"}'),
  },
  accept: says(200, '{"name":"projects/p/messages/1"}'),
  target: () => target({ kind: "fcmToken", token: randomBytes(60).toString("base64url") }),
  make: (options) =>
    fcmProvider({
      ...options,
      app: "a",
      credentials: {
        project_id: "project-a",
        client_email: "push@example.com",
        private_key: fcmKey,
        token_uri: GOOGLE_TOKEN_URI,
      },
    }),
});

const vapid = createECDH("prime256v1");
const publicKey = vapid.generateKeys("base64url");
const privateKey = Buffer.from(vapid.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
const browser = createECDH("prime256v1").generateKeys("base64url");
hostileAnswers({
  name: "webpush",
  hosts: ["web.push.apple.com"],
  accept: says(201),
  target: () =>
    target({
      kind: "webpush",
      token: `https://web.push.apple.com/${randomBytes(12).toString("base64url")}`,
      keys: { p256dh: browser, auth: randomBytes(16).toString("base64url") },
    }),
  make: ({ open, now }) =>
    webPushProvider({
      credentials: { publicKey, privateKey, subject: "mailto:a@example.com" },
      extraHosts: [],
      open,
      now,
    }),
});
