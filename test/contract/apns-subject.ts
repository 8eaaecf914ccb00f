import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ApnsCredentials } from "../../functions/core/credentials/apns.ts";
import { apnsProvider } from "../../functions/providers/apns/apns.ts";
import { type Subject, target, type World } from "./provider-suite.ts";

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

export const make: Subject["make"] = (world, app) => {
  const { open, tokens, now } = world;
  return apnsProvider({ app, credentials: credentials(world, app), open, tokens, now, unread });
};
export const newTarget = () =>
  target({ kind: "apns", token: randomBytes(32).toString("hex"), environment: "production" });
