import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { VENDOR_KINDS } from "../../functions/core/token-kinds.ts";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { VENDOR_TOKENS, vendorCredentials } from "../../local/demo/vendors.ts";
import { browserOf, person, type TestApp, type World } from "../e2e/harness.ts";
import { type CanaryTexts, pemLines } from "./canary-texts.ts";

/** What an app confides to the platform, as it is planted: by name, so that a find can be told. */
export type Secrets = {
  world: World;
  app: TestApp;
  texts: CanaryTexts;
  /** Device tokens, endpoints and keys of subscriptions: jobs hold them, in one place each. */
  tokens: CanaryTexts;
};

const canary = (name: string) => `canary-${name}-${randomBytes(9).toString("hex")}`;

/** A text that occurs nowhere else, remembered by its name. */
export function plant(texts: CanaryTexts, name: string): string {
  const text = canary(name);
  texts[name] = text;
  return text;
}

export async function plantCredentials({ world, app, texts }: Secrets): Promise<void> {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = ({ privateKey }: typeof ec) => privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const apns = { teamId: "TEAM123456", keyId: "CANARY0001", bundleId: "com.example.canary" };
  world.fakes.apns.trust({ ...apns, publicKey: ec.publicKey, bundleIds: [apns.bundleId] });
  const at = `/v1/apps/${app.id}/providers`;
  await world.admin.ok("PUT", `${at}/apns`, { ...apns, privateKey: pem(ec) });
  const [project_id, client_email] = ["canary-project", "push@canary-project.iam.gserviceaccount.com"];
  world.fakes.fcm.trust({ projectId: project_id, clientEmail: client_email, publicKey: rsa.publicKey });
  const account = { type: "service_account", project_id, client_email, private_key: pem(rsa) };
  await world.admin.ok("PUT", `${at}/fcm`, { ...account, token_uri: "https://oauth2.googleapis.com/token" });
  Object.assign(texts, pemLines("APNs key", pem(ec)), pemLines("FCM key", pem(rsa)));
  await configureAddresses(world.admin, app.id);
  const webhookKey = `whsec_${randomBytes(32).toString("base64")}`;
  const telegramBotToken = `1234567:${randomBytes(24).toString("base64url")}`;
  await world.admin.ok("PUT", `${at}/webhook`, { secret: webhookKey, telegramBotToken });
  texts["webhook key"] = webhookKey.slice("whsec_".length);
  texts["Telegram's bot token"] = telegramBotToken;
  await plantVendors(world, app, texts);
  texts["API key"] = app.key.split(".")[2]!;
  texts["admin key"] = world.adminKey;
  texts["secret of the client tokens"] = `${app.id}-`.padEnd(48, "s");
  texts["VAPID private key"] = await storedVapidKey(world, app);
}

/** Everything that a vendor's console calls a secret. */
async function plantVendors(world: World, app: TestApp, texts: CanaryTexts): Promise<void> {
  for (const [name, own] of Object.entries(vendorCredentials(app.id))) {
    const vendor = name as keyof ReturnType<typeof vendorCredentials>;
    world.fakes[vendor].trust(own);
    const body = { ...own, categories: { marketing: {} } };
    await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/${name}`, body);
    for (const [field, value] of Object.entries(own))
      if (/secret$/i.test(field)) texts[`${name}'s ${field}`] = String(value);
    const account = own["serviceAccount"] as { private_key: string } | undefined;
    if (account) Object.assign(texts, pemLines(`${name}'s account`, account.private_key));
  }
}

async function storedVapidKey(world: World, app: TestApp): Promise<string> {
  const call = (operation: string, input: object) =>
    world.runtime.door.call({ kind: "admin" }, "secretsmanager", operation, { ...input });
  const prefix = world.runtime.deployment.functions
    .map(({ environment }) => environment["SECRET_PREFIX"])
    .find((found) => found !== undefined);
  const SecretId = `${prefix}/webPush/${app.id}/webpush`;
  const { SecretString } = (await call("GetSecretValue", { SecretId })) as { SecretString: string };
  return (JSON.parse(SecretString) as { privateKey: string }).privateKey;
}

export async function plantPeople({ world, app, texts, tokens }: Secrets): Promise<void> {
  const planted = (name: string) => plant(texts, name);
  const hex = randomBytes(32).toString("hex");
  const fcm = canary("fcm-token").padEnd(80, "x");
  const firefox = browserOf(world, app);
  const { endpoint, keys } = firefox.tokens[0]!;
  Object.assign(tokens, { "APNs token": hex, "FCM token": fcm });
  Object.assign(tokens, { endpoint: endpoint.split("/").at(-1), p256dh: keys.p256dh, auth: keys.auth });
  await person(app, "ann", {
    phone: { platform: "ios", model: planted("model"), tokens: [{ kind: "apns", token: hex }] },
    pixel: { platform: "android", tokens: [{ kind: "fcmToken", token: fcm }] },
    firefox,
    ...Object.fromEntries(
      VENDOR_KINDS.map((kind) => {
        tokens[`${kind} token`] = VENDOR_TOKENS[kind](7);
        const platform = kind === "hmsNext" ? "harmony" : "android";
        return [kind, { platform, tokens: [{ kind, token: VENDOR_TOKENS[kind](7) }] }];
      }),
    ),
  });
  const email = `${planted("email")}@example.com`;
  const [mailbox, hook, robot] = [canary("mailbox"), canary("hook"), canary("robot-secret")];
  const phone = `+49151${randomInt(10_000_000, 99_999_999)}`;
  Object.assign(tokens, { mailbox, phone, hook, "robot's secret": robot });
  await app.api.ok("PUT", "/v1/users/ann", {
    name: planted("name"),
    email: `${mailbox}@mail.example`,
    phone,
    webhook: { format: "feishu", url: `https://open.feishu.cn/${hook}`, secret: robot },
    attributes: { email, diagnosis: planted("trait") },
  });
}
