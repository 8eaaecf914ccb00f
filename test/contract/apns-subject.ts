import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ApnsCredentials } from "../../functions/core/credentials/apns.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { APNS_VERDICTS } from "../../functions/providers/apns/outcome.ts";
import { http2Subject } from "./provider-suite.ts";
import { message, soon, target, type World } from "./provider-world.ts";

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = new Map<string, ReturnType<typeof newKey>>();
const keyOf = (app: string) => {
  const known = keys.get(app) ?? newKey();
  keys.set(app, known);
  return known;
};

export function credentials({ fakes }: World, app: string): ApnsCredentials {
  const { publicKey, privateKey } = keyOf(app);
  const [teamId, keyId] = ["TEAM123456", app.toUpperCase().padEnd(10, "0")];
  const bundleId = `com.example.${app}`;
  fakes.apns.trust({ teamId, keyId, publicKey, bundleIds: [bundleId] });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { teamId, keyId, privateKey: pem, bundleId, environment: "production" };
}

/** What each person has not read, by name. */
export const inboxes: Record<string, number> = {};
export const unread = async (_message: unknown, user: string) => inboxes[user];

export const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return apnsProvider({ app, credentials: credentials(world, app), open, tokens, now, unread });
};
export const newTarget = () =>
  target({ kind: "apns", token: randomBytes(32).toString("hex"), environment: "production" });

const FIFTEEN_MIN_MS = 900_000;
const HALF_AN_HOUR_MS = 1_800_000;

export const subject = http2Subject({
  name: "apns",
  make,
  target: newTarget,
  table: { verdicts: APNS_VERDICTS, status: 400, save: [] },
  outcomes: [
    [
      { status: 400, reason: "BadDeviceToken" },
      { kind: "gone", tokenSuspect: true, reason: "BadDeviceToken" },
    ],
    [
      { status: 400, reason: "DeviceTokenNotForTopic" },
      { kind: "gone", tokenSuspect: true },
    ],
    [
      { status: 410, reason: "Unregistered", sinceMs: 1_700_000_000_000 },
      { kind: "gone", sinceMs: 1_700_000_000_000, tokenSuspect: undefined },
    ],
    [
      { status: 410, reason: "ExpiredToken", sinceMs: 5 },
      { kind: "gone", sinceMs: 5 },
    ],
    [{ status: 403, reason: "InvalidProviderToken" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "BadEnvironmentKeyIdInToken" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "BadTopic" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "TopicDisallowed" }, { kind: "misconfigured" }],
    [{ status: 413, reason: "PayloadTooLarge" }, { kind: "rejected" }],
    [
      { status: 429, reason: "TooManyRequests" },
      { kind: "throttled", retryAfterMs: 60_000 },
    ],
    [
      { status: 429, reason: "TooManyRequests", retryAfterS: 90 },
      { kind: "throttled", retryAfterMs: 90_000 },
    ],
    [
      { status: 429, reason: "TooManyProviderTokenUpdates" },
      { kind: "throttled", retryAfterMs: 60_000 },
    ],
    [
      { status: 500, reason: "InternalServerError" },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 503, reason: "ServiceUnavailable", retryAfterS: 5 },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 503, reason: "Shutdown" },
      { kind: "retry", retryAfterMs: FIFTEEN_MIN_MS },
    ],
    [
      { status: 400, reason: "SomethingNew" },
      { kind: "rejected", reason: "SomethingNew" },
    ],
  ],
  async expiring(world) {
    const provider = make(world, "ending");
    await (await provider.prepare(message()))(newTarget(), soon());
    // Apple takes no new token within 20 minutes of the last.
    world.move(HALF_AN_HOUR_MS);
    const { apns: fake } = world.fakes;
    return {
      provider,
      targets: (count) => Array.from({ length: count }, newTarget),
      expire: fake.expireTokens,
      asked: () => new Set(fake.received.map(({ headers }) => headers["authorization"])).size,
    };
  },
});
