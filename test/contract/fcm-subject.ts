import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type FcmCredentials, GOOGLE_TOKEN_URI } from "../../functions/core/credentials/fcm.ts";
import { fcmProvider } from "../../functions/providers/fcm/fcm.ts";
import { FCM_VERDICTS } from "../../functions/providers/fcm/outcome.ts";
import { http2Subject } from "./provider-suite.ts";
import { message, soon, target, type World } from "./provider-world.ts";

const newKey = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = new Map<string, ReturnType<typeof newKey>>();
const keyOf = (app: string) => {
  const known = keys.get(app) ?? newKey();
  keys.set(app, known);
  return known;
};

export function credentials({ fakes }: World, app: string): FcmCredentials {
  const { publicKey, privateKey } = keyOf(app);
  const projectId = `project-${app}`;
  const clientEmail = `push@${projectId}.iam.gserviceaccount.com`;
  fakes.fcm.trust({ projectId, clientEmail, publicKey });
  return {
    project_id: projectId,
    client_email: clientEmail,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token_uri: GOOGLE_TOKEN_URI,
  };
}

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return fcmProvider({ app, credentials: credentials(world, app), open, tokens, now });
};
export const newTarget = () =>
  target({ kind: "fcmToken", token: `tok:${randomBytes(60).toString("base64url")}` });

export const subject = http2Subject({
  name: "fcm",
  make,
  target: newTarget,
  table: { verdicts: FCM_VERDICTS, status: 418, save: [] },
  outcomes: [
    [
      { status: 404, reason: "UNREGISTERED" },
      { kind: "gone", tokenSuspect: true, reason: "UNREGISTERED" },
    ],
    [
      { status: 404, reason: "NOT_FOUND" },
      { kind: "misconfigured", tokenSuspect: undefined, reason: "NOT_FOUND" },
    ],
    [
      { status: 403, reason: "SENDER_ID_MISMATCH" },
      { kind: "gone", tokenSuspect: true },
    ],
    [{ status: 400, reason: "INVALID_ARGUMENT" }, { kind: "rejected" }],
    [{ status: 401, reason: "THIRD_PARTY_AUTH_ERROR" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "PERMISSION_DENIED" }, { kind: "misconfigured" }],
    [
      { status: 429, reason: "QUOTA_EXCEEDED" },
      { kind: "throttled", retryAfterMs: 60_000 },
    ],
    [
      { status: 429, reason: "QUOTA_EXCEEDED", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      { status: 500, reason: "INTERNAL" },
      { kind: "retry", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, reason: "UNAVAILABLE" },
      { kind: "retry", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, reason: "UNAVAILABLE", retryAfterS: 3 },
      { kind: "retry", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, reason: "UNAVAILABLE", retryAfterS: 30 },
      { kind: "retry", retryAfterMs: 30_000 },
    ],
    [
      { status: 418, reason: "NEW_CODE" },
      { kind: "rejected", reason: "NEW_CODE" },
    ],
  ],
  async expiring(world) {
    const provider = make(world, "ending");
    await (await provider.prepare(message()))(newTarget(), soon());
    // No new token is made within seconds of the last.
    world.move(60_000);
    return {
      provider,
      targets: (count) => Array.from({ length: count }, newTarget),
      expire: world.fakes.fcm.expireTokens,
      asked: world.fakes.fcm.tokensIssued,
    };
  },
});
