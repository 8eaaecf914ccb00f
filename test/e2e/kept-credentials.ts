import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { type Row, rowsOf } from "../compatibility/kept-state.ts";
import { type CanaryTexts, pemLines } from "../security/canary-texts.ts";
import { atApns, ended, functionNamed, notify, type TestApp, type World } from "./harness.ts";

/** Where credentials lie, which ones a push was made with, and who may open them. */
export const providerPath = ({ id }: TestApp, name: string) => `/v1/apps/${id}/providers/${name}`;

const pem = ({ privateKey }: ReturnType<typeof generateKeyPairSync>) =>
  String((privateKey as { export(options: object): unknown }).export({ type: "pkcs8", format: "pem" }));

/** A new key pair at Apple, which only knows it from now on; `texts` is told what nobody may read. */
export function apnsCredentials(world: World, { id }: TestApp, keyId: string, texts: CanaryTexts) {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const credentials = { teamId: "TEAM123456", keyId, bundleId: `com.example.${id}` };
  const { publicKey } = pair;
  world.fakes.apns.trust({ ...credentials, publicKey, bundleIds: [credentials.bundleId] });
  const privateKey = pem(pair);
  Object.assign(texts, pemLines(`APNs key ${keyId}`, privateKey));
  return { ...credentials, privateKey };
}

export const asAdmin = (world: World, service: string, operation: string, input: object) =>
  world.runtime.door.call({ kind: "admin" }, service, operation, input);
export const textOf = (value: unknown, kind: "S" | "B") => (value as Record<string, string>)[kind] ?? "";

export const sealedRows = async (world: World, id: string): Promise<Row[]> =>
  (await rowsOf(world, "Catalog")).filter(
    ({ pk, sk }) => textOf(pk, "S") === id && textOf(sk, "S").startsWith("credentials#"),
  );

export async function sealedRow(world: World, id: string, name: string): Promise<Row> {
  const found = (await sealedRows(world, id)).find(({ sk }) => textOf(sk, "S") === `credentials#${name}`);
  assert.ok(found, `${id} has no credentials of ${name} in Catalog`);
  return found;
}

/** Names of the credentials that Catalog holds of an app. */
export const sealedNames = async (world: World, { id }: TestApp): Promise<string[]> =>
  (await sealedRows(world, id)).map(({ sk }) => textOf(sk, "S").slice("credentials#".length)).sort();

/** Secrets that hold credentials of apps. */
export async function secretNames(world: World, service: string): Promise<string[]> {
  const { SecretList } = (await asAdmin(world, "secretsmanager", "ListSecrets", {})) as {
    SecretList: { Name: string }[];
  };
  return SecretList.map(({ Name }) => Name).filter((name) => name.startsWith(`${service}/`));
}

/** How one push to ann's iPhone ended: its outcome, and the reason where there is one. */
export async function push(of: TestApp, title: string): Promise<string> {
  const sent = await notify(of, title, { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await ended(of, sent["id"]);
  const { evidence } = await of.api.ok("GET", `/v1/notifications/${sent["id"]}/recipients/ann`);
  const mine = (evidence as { provider?: string; outcome: string; reason?: string }[]).find(
    ({ provider }) => provider === "apns",
  );
  return [mine?.outcome, mine?.reason].filter((part) => part !== undefined).join(" ");
}

/** With which of Apple's keys a push was signed. */
export function keyIdAt(world: World, title: string): string {
  const [request] = atApns(world, title);
  assert.ok(request, `Apple received nothing of ${title}`);
  const [header = ""] = request.headers["authorization"]!.replace(/^bearer /i, "").split(".");
  return (JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string }).kid;
}

export function roleOf(world: World, fn: string): { kind: "role"; roleArn: string } {
  const name = functionNamed(world, fn);
  const { roleArn } = world.runtime.deployment.functions.find((one) => one.name === name)!;
  return { kind: "role", roleArn };
}

/** A function asks KMS to open a row's data key, and says for which channel. */
export const decrypt = (world: World, fn: string, { pk, sealedKey }: Row, channel: string) =>
  world.runtime.door.call(roleOf(world, fn), "kms", "Decrypt", {
    CiphertextBlob: textOf(sealedKey, "B"),
    EncryptionContext: { app: textOf(pk, "S"), channel, provider: "apns" },
  });

/** Bytes of a row both as base64 and as the text they may be. */
export const withTexts = (value: unknown): unknown => [
  value,
  Object.values(value as Row).map((field) =>
    Buffer.from((field as { B?: string })?.B ?? "", "base64").toString("latin1"),
  ),
];
