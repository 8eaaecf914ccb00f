import { createECDH, generateKeyPairSync } from "node:crypto";
import { GOOGLE_TOKEN_URI } from "../../functions/core/credentials/fcm.ts";
import { egress } from "../../functions/platform/egress.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { fcmProvider } from "../../functions/providers/fcm/fcm.ts";
import type { TokenStore } from "../../functions/providers/transport/shared-token.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { asDispatched, type Sender, type Setup } from "./sender.ts";

/** Clarion's own senders: the code of the product, led to the fake by its own egress map. */

const app = "bench";
const now = Date.now;
const open = ({ ways, ca }: Setup) => egress({ overrides: ways, ca });

function emptyStore(): TokenStore {
  return { get: async () => undefined, put: async () => true };
}

export function ownApns(setup: Setup): Sender {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const credentials = {
    teamId: "TEAM123456",
    keyId: "KEY1234567",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    bundleId: "com.example.bench",
    environment: "production" as const,
  };
  return asDispatched(
    apnsProvider({ app, credentials, open: open(setup), tokens: emptyStore(), now, unread: async () => 0 }),
  );
}

export function ownFcm(setup: Setup): Sender {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const credentials = {
    project_id: "clarion-bench",
    client_email: "push@clarion-bench.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token_uri: GOOGLE_TOKEN_URI,
  };
  return asDispatched(fcmProvider({ app, credentials, open: open(setup), tokens: emptyStore(), now }));
}

export function ownWebPush(setup: Setup): Sender {
  const credentials = { ...vapidPair(), subject: "mailto:push@example.com" };
  return asDispatched(webPushProvider({ credentials, extraHosts: [], open: open(setup), now }));
}

export function vapidPair(): { publicKey: string; privateKey: string } {
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  // node leaves out leading zero bytes; both sides want 32.
  const privateKey = Buffer.from(ecdh.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
  return { publicKey, privateKey };
}
