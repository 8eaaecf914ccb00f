import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { configureAddresses } from "./addresses.ts";
import type { ApiClient } from "./api-client.ts";
import type { Platform } from "./platform.ts";

export const DEMO_APP = "demo";

/** The people of the demo: S4's test users, by the names one can type. */
export const DEMO_USERS = [
  { id: "user01", uuid: "b3fc6c49-93ea-485b-a655-7c4f2011585c", email: "user01@mail.example" },
  { id: "user02", uuid: "f22c3de5-54d0-45e2-9593-e820c4aada6f", email: "user02@mail.example" },
  { id: "user03", uuid: "95296f4d-e8a5-4722-9e63-3474bf71dfcd", phone: "+4915112345678" },
] as const;

export type Demo = { key: string; jwtSecret: string; api: ApiClient };
type Kept = Pick<Demo, "key" | "jwtSecret">;

/**
 * Makes the demo app with its credentials, people and devices through the API, as an operator would; what stands
 * already is left or refreshed. `keptFile` remembers the key, which is shown once.
 */
export async function seedDemo(platform: Platform, keptFile?: string): Promise<Demo> {
  const { admin } = platform;
  const created = await admin.call("POST", "/v1/apps", { id: DEMO_APP, name: "Demo" });
  if (created.status !== 201 && created.status !== 409)
    throw new Error(`the demo app: ${JSON.stringify(created.body)}`);
  // A key of an app that was forgotten since opens nothing.
  const known = created.status === 409 ? readKept(keptFile) : undefined;
  const kept = known ?? (await newKept(admin));
  if (keptFile) {
    mkdirSync(dirname(keptFile), { recursive: true });
    writeFileSync(keptFile, JSON.stringify(kept), { mode: 0o600 });
  }
  const api = platform.as(kept.key);
  const vapidPublicKey = await configureProviders(platform, admin, DEMO_APP, kept.jwtSecret);
  await configureAddresses(admin, DEMO_APP);
  await Promise.all(
    DEMO_USERS.map(({ id, uuid, ...addresses }) =>
      api.ok("PUT", `/v1/users/${id}`, { name: id, ...addresses, attributes: { uuid } }),
    ),
  );
  await registerDevices(platform, api, vapidPublicKey);
  return { ...kept, api };
}

const readKept = (file: string | undefined): Kept | undefined =>
  file && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : undefined;

async function newKept(admin: ApiClient): Promise<Kept> {
  const body = { name: `demo-${randomBytes(3).toString("hex")}`, scopes: ["send", "read", "users", "apps"] };
  const { key } = await admin.ok("POST", `/v1/apps/${DEMO_APP}/keys`, body);
  return { key: String(key), jwtSecret: randomBytes(32).toString("base64url") };
}

/** Credentials for every provider, made here and trusted by the fakes. @returns the app's public VAPID key */
export async function configureProviders(
  { fakes }: Pick<Platform, "fakes">,
  admin: ApiClient,
  app: string,
  jwtSecret: string,
): Promise<string> {
  const at = `/v1/apps/${app}/providers`;
  const apnsKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const apns = { teamId: "TEAM123456", keyId: keyIdOf(app), bundleId: `com.example.${app}` };
  fakes.apns.trust({
    teamId: apns.teamId,
    keyId: apns.keyId,
    publicKey: apnsKey.publicKey,
    bundleIds: [apns.bundleId],
  });
  const pem = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }) =>
    String(key.export({ type: "pkcs8", format: "pem" }));
  await admin.ok("PUT", `${at}/apns`, { ...apns, privateKey: pem(apnsKey.privateKey) });
  const fcmKey = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const projectId = `project-${app}`;
  const clientEmail = `push@${projectId}.iam.gserviceaccount.com`;
  fakes.fcm.trust({ projectId, clientEmail, publicKey: fcmKey.publicKey });
  await admin.ok("PUT", `${at}/fcm`, {
    type: "service_account",
    project_id: projectId,
    private_key_id: "1",
    client_email: clientEmail,
    client_id: "1",
    private_key: pem(fcmKey.privateKey),
    token_uri: "https://oauth2.googleapis.com/token",
  });
  await admin.ok("PUT", `${at}/jwt`, { secret: jwtSecret });
  await admin.ok("PUT", `/v1/apps/${app}/client-auth`, { kind: "hs256" });
  // A restart finds the pair of the first start: a second one would cut its subscriptions off.
  const webpush = await admin.call("PUT", `${at}/webpush`, {
    generate: true,
    subject: "mailto:push@example.com",
  });
  if (webpush.status >= 300 && webpush.status !== 409)
    throw new Error(`web push credentials: ${JSON.stringify(webpush.body)}`);
  const { publicKey } = await admin.ok("GET", `/v1/public/apps/${app}/vapid-key`);
  return String(publicKey);
}

/** Apple's key ids have ten characters. */
const keyIdOf = (app: string): string =>
  app
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .padEnd(10, "0")
    .slice(0, 10);

async function registerDevices({ fakes }: Platform, api: ApiClient, vapidPublicKey: string): Promise<void> {
  const browser = () => ({
    platform: "web",
    tokens: [{ kind: "webpush", ...fakes.webpush.subscribe({ vapidPublicKey }) }],
  });
  const iphone = (user: string) => ({
    platform: "ios",
    brand: "Apple",
    model: "iPhone 17",
    tokens: [{ kind: "apns", token: hexToken(user) }],
  });
  const pixel = (user: string) => ({
    platform: "android",
    brand: "Google",
    model: "Pixel 11",
    tokens: [{ kind: "fcmToken", token: `pixel-of-${user}-${"x".repeat(120)}` }],
  });
  const devices: [string, string, object][] = [
    ["user01", "iphone", iphone("user01")],
    ["user01", "pixel", pixel("user01")],
    ["user01", "firefox", browser()],
    ["user02", "pixel", pixel("user02")],
    ["user02", "firefox", browser()],
    ["user03", "iphone", iphone("user03")],
  ];
  await Promise.all(
    devices.map(([user, device, body]) => api.ok("PUT", `/v1/users/${user}/devices/${device}`, body)),
  );
}

const hexToken = (user: string): string => Buffer.from(user.padEnd(32, "*")).toString("hex");
