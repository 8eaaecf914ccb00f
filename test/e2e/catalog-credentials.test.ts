import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { putRows, type Row, rowsOf } from "../compatibility/kept-state.ts";
import { type CanaryTexts, pemLines, searcher } from "../security/canary-texts.ts";
import {
  atApns,
  browserOf,
  ended,
  functionNamed,
  iphone,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  tableNamed,
  until,
  type World,
} from "./harness.ts";

/** A deployment that keeps credentials in Catalog, sealed by its own KMS key, instead of a secret for each. */
let world: World;
let app: TestApp;
const texts: CanaryTexts = {};
const HOOK = "https://hooks.receiver.example/ann";

before(async () => {
  // This template's statements have other numbers than the default's: its coverage is judged here.
  delete process.env["CLARION_COVERAGE_FOLDER"];
  world = await startWorld({ synthesis: { app: "test/e2e/fixtures/catalog-credentials-app.ts" } });
  app = await makeApp(world, "sealed");
  const secret = await configureAddresses(world.admin, app.id);
  world.fakes.webhook.secrets.set(HOOK, secret);
  texts["webhook key"] = secret.slice("whsec_".length);
  texts["secret of the client tokens"] = `${app.id}-`.padEnd(48, "s");
  await putApns(app, "SEALED0001");
  await person(app, "ann", { iphone: iphone("ann"), pixel: pixel("ann"), firefox: browserOf(world, app) });
});
after(() => world.close());

const at = ({ id }: TestApp, name: string) => `/v1/apps/${id}/providers/${name}`;
const pem = ({ privateKey }: ReturnType<typeof generateKeyPairSync>) =>
  String((privateKey as { export(options: object): unknown }).export({ type: "pkcs8", format: "pem" }));

/** A new key pair at Apple, which only knows it from now on. */
async function apnsCredentials({ id }: TestApp, keyId: string) {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const credentials = { teamId: "TEAM123456", keyId, bundleId: `com.example.${id}` };
  const { publicKey } = pair;
  world.fakes.apns.trust({ ...credentials, publicKey, bundleIds: [credentials.bundleId] });
  const privateKey = pem(pair);
  Object.assign(texts, pemLines(`APNs key ${keyId}`, privateKey));
  return { ...credentials, privateKey };
}

async function putApns(of: TestApp, keyId: string): Promise<void> {
  await world.admin.ok("PUT", at(of, "apns"), await apnsCredentials(of, keyId));
}

const asAdmin = (service: string, operation: string, input: object) =>
  world.runtime.door.call({ kind: "admin" }, service, operation, input);
const textOf = (value: unknown, kind: "S" | "B") => (value as Record<string, string>)[kind] ?? "";

/** Names of the credentials that Catalog holds of an app. */
async function sealedNames({ id }: TestApp): Promise<string[]> {
  const rows = await sealedRows(id);
  return rows.map(({ sk }) => textOf(sk, "S").slice("credentials#".length)).sort();
}
const sealedRows = async (id: string): Promise<Row[]> =>
  (await rowsOf(world, "Catalog")).filter(
    ({ pk, sk }) => textOf(pk, "S") === id && textOf(sk, "S").startsWith("credentials#"),
  );
async function sealedRow(id: string, name: string): Promise<Row> {
  const found = (await sealedRows(id)).find(({ sk }) => textOf(sk, "S") === `credentials#${name}`);
  assert.ok(found, `${id} has no credentials of ${name} in Catalog`);
  return found;
}

/** Secrets that hold credentials of apps. */
async function secretNames(): Promise<string[]> {
  const { SecretList } = (await asAdmin("secretsmanager", "ListSecrets", {})) as {
    SecretList: { Name: string }[];
  };
  return SecretList.map(({ Name }) => Name).filter((name) => name.startsWith("SealedService/"));
}

/** How one push to ann's iPhone ended: its outcome, and the reason where there is one. */
async function push(of: TestApp, title: string): Promise<string> {
  const sent = await notify(of, title, { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await ended(of, sent["id"]);
  const { evidence } = await of.api.ok("GET", `/v1/notifications/${sent["id"]}/recipients/ann`);
  const mine = (evidence as { provider?: string; outcome: string; reason?: string }[]).find(
    ({ provider }) => provider === "apns",
  );
  return [mine?.outcome, mine?.reason].filter((part) => part !== undefined).join(" ");
}

const keyIdAt = (title: string): string => {
  const [request] = atApns(world, title);
  assert.ok(request, `Apple received nothing of ${title}`);
  const [header = ""] = request.headers["authorization"]!.replace(/^bearer /i, "").split(".");
  return (JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string }).kid;
};

test("every channel sends with credentials that lie sealed in Catalog, and no secret is made", async () => {
  const addresses = { email: "ann@mail.example", phone: "+4915112345678" };
  await app.api.ok("PUT", "/v1/users/ann", { ...addresses, webhook: { format: "standard", url: HOOK } });
  const socket = await app.connect("ann");
  const channels = ["inApp", "mobilePush", "webPush", "email", "sms", "webhook"];
  const sent = await notify(app, "sealed", { to: { users: ["ann"] }, channels });
  await until("the frame arrives", () => socket.notifications().length === 1);
  const { totals, counts } = await ended(app, sent["id"]);
  assert.equal(totals["accepted"], 7, JSON.stringify(counts));
  const client = apiClient(world.runtime.apiUrl, app.token("ann"));
  await client.ok("POST", "/v1/client/tickets", {});
  await app.api.ok("POST", "/v1/apns/channels", { storage: "none" });
  assert.deepEqual(await sealedNames(app), ["apns", "fcm", "jwt", "ses", "sns", "webhook", "webpush"]);
  assert.deepEqual(await secretNames(), []);
});

test("each of KMS's rights was the only one that allowed a call", () => {
  const { deployment, door } = world.runtime;
  const ids = deployment.roles.flatMap(({ statements }) =>
    statements.filter(({ actions }) => actions.some((one) => one.startsWith("kms:"))).map(({ id }) => id),
  );
  assert.equal(ids.length, 9, "manage seals; five dispatchers, authorizer, client and channels open");
  const marks = door.coverage().filter(({ statementId }) => ids.includes(statementId));
  assert.deepEqual(
    marks.filter(({ neededAlone, unusedActions }) => !neededAlone || unusedActions.length > 0),
    [],
  );
});

test("opened once a minute, not with every push", async () => {
  const mark = world.runtime.meter.mark();
  for (const title of ["one", "two", "three", "four"]) await push(app, title);
  const { units } = world.runtime.meter.since(mark);
  assert.ok((units["kms.request"] ?? 0) <= 2, `${units["kms.request"]} requests for four pushes`);
  assert.equal(units["secretsmanager.call"] ?? 0, 0, "nothing was asked of Secrets Manager");
});

type Principal = { kind: "role"; roleArn: string };
const roleOf = (fn: string): Principal => {
  const name = functionNamed(world, fn);
  const { roleArn } = world.runtime.deployment.functions.find((one) => one.name === name)!;
  return { kind: "role", roleArn };
};

test("a dispatcher opens its own channel's and no other's, whatever it says they are; nobody who writes opens any", async () => {
  world.expectTrouble(/was denied kms:Decrypt/);
  const { sealedKey } = await sealedRow(app.id, "apns");
  const decrypt = (fn: string, channel: string) =>
    world.runtime.door.call(roleOf(fn), "kms", "Decrypt", {
      CiphertextBlob: textOf(sealedKey, "B"),
      EncryptionContext: { app: app.id, channel, provider: "apns" },
    });
  const { Plaintext } = (await decrypt("DispatchMobilePush", "mobilePush")) as { Plaintext: Buffer };
  assert.equal(Plaintext.length, 32);
  const others = ["DispatchWebPush", "DispatchEmail", "DispatchSms", "DispatchWebhook"];
  for (const fn of [...others, "DispatchInApp", "Authorizer", "Client", "Manage", "Send", "Plan"])
    await assert.rejects(decrypt(fn, "mobilePush"), { code: "AccessDeniedException" }, fn);
  await assert.rejects(decrypt("DispatchEmail", "email"), { code: "InvalidCiphertextException" });
});

test("new credentials are in use within a minute", async () => {
  assert.equal(await push(app, "before-rotation"), "accepted");
  assert.equal(keyIdAt("before-rotation"), "SEALED0001");
  const before = await sealedRow(app.id, "apns");
  await putApns(app, "SEALED0002");
  const { version } = await sealedRow(app.id, "apns");
  assert.notEqual(textOf(version, "S"), textOf(before["version"], "S"));
  await world.advance(61_000);
  assert.equal(await push(app, "after-rotation"), "accepted");
  assert.equal(keyIdAt("after-rotation"), "SEALED0002");
});

test("an item of another app does not open, nor one that was altered: the push fails, nothing else does", async () => {
  const thief = await makeApp(world, "thief");
  await person(thief, "ann", { iphone: iphone("thief") });
  const own = await sealedRow(thief.id, "apns");
  const moved = { ...(await sealedRow(app.id, "apns")), pk: own["pk"] };
  const tag = Buffer.from(textOf(own["tag"], "B"), "base64");
  tag[0]! ^= 1;
  const altered = { ...own, tag: { B: tag.toString("base64") } };
  const { ciphertext: _lost, ...torn } = own;
  for (const [what, row] of Object.entries({ moved, altered, torn })) {
    await putRows(world, "Catalog", [row]);
    await world.advance(61_000);
    assert.equal(await push(thief, `with-${what}`), "misconfigured credentials_unreadable", what);
  }
  const lines = world.logs.filter((line) => line.includes('"credentials unreadable"'));
  assert.ok(lines.length >= 3 && lines.every((line) => line.includes(thief.id)), lines.join("\n"));
  await putRows(world, "Catalog", [own]);
  await world.advance(61_000);
  assert.equal(await push(thief, "mended"), "accepted");
});

test("a secret from before the key serves until its credentials are written anew; then it is gone", async () => {
  const old = await makeApp(world, "old");
  await person(old, "ann", { iphone: iphone("old") });
  const Name = `SealedService/mobilePush/${old.id}/apns`;
  const SecretString = JSON.stringify(await apnsCredentials(old, "BEFORE0001"));
  await asAdmin("secretsmanager", "CreateSecret", { Name, SecretString });
  const { pk, sk } = await sealedRow(old.id, "apns");
  await asAdmin("dynamodb", "DeleteItem", { TableName: tableNamed(world, "Catalog"), Key: { pk, sk } });
  await world.advance(61_000);
  assert.equal(await push(old, "by-the-secret"), "accepted");
  assert.equal(keyIdAt("by-the-secret"), "BEFORE0001");
  await putApns(old, "ANEW000001");
  assert.deepEqual(await secretNames(), []);
  await world.advance(61_000);
  assert.equal(await push(old, "by-the-item"), "accepted");
  assert.equal(keyIdAt("by-the-item"), "ANEW000001");
});

test("what is removed is gone: a provider's item, and an app's with everything of it", async () => {
  const gone = await makeApp(world, "gone");
  await person(gone, "ann", { iphone: iphone("gone") });
  assert.equal(await push(gone, "while-set"), "accepted");
  assert.equal((await world.admin.call("DELETE", at(gone, "apns"))).status, 204);
  assert.deepEqual(await sealedNames(gone), ["fcm", "jwt", "webpush"]);
  assert.equal((await world.admin.call("DELETE", `/v1/apps/${gone.id}`)).status, 204);
  assert.deepEqual(await sealedNames(gone), []);
});

test("credentials are read back nowhere: not from an answer, a table, a log line or a page", async () => {
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  const privateKey = Buffer.from(ecdh.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
  texts["VAPID private key"] = privateKey;
  const pair = { publicKey, privateKey, subject: "mailto:push@example.com" };
  const answers = [await world.admin.ok("PUT", at(app, "webpush"), pair)];
  for (const path of ["/v1/apps", `/v1/apps/${app.id}`]) answers.push(await world.admin.ok("GET", path));
  const read = await world.admin.call("GET", at(app, "apns"));
  assert.ok(read.status >= 400, `GET of credentials answered ${read.status}`);
  const tables = await Promise.all(
    world.runtime.deployment.tables.map(({ logicalId }) => rowsOf(world, logicalId)),
  );
  const rows = tables.flat();
  assert.ok(
    rows.filter(({ sealedKey }) => sealedKey !== undefined).length >= 10,
    "sealed rows were looked at",
  );
  const { apiUrl } = world.runtime;
  const pages = ["/metrics", "/_local/", "/_local/meter", "/_local/coverage"].map((path) =>
    fetch(`${apiUrl}${path}`).then((answer) => answer.text()),
  );
  const environments = world.runtime.deployment.functions.map(({ environment }) => environment);
  const told = [...world.logs, ...world.troubles, ...(await Promise.all(pages))];
  const find = searcher(texts);
  assert.ok(Object.keys(texts).length >= 8, Object.keys(texts).join());
  for (const value of [...rows, ...answers, ...environments, ...told])
    assert.deepEqual(find(typeof value === "string" ? value : JSON.stringify(withTexts(value))), []);
  const leak = { pk: { S: app.id }, ciphertext: { B: Buffer.from(JSON.stringify(pair)).toString("base64") } };
  assert.deepEqual(find(JSON.stringify(withTexts(leak))), ["VAPID private key"], "the search is awake");
});

/** Bytes of a row both as base64 and as the text they may be. */
const withTexts = (value: unknown): unknown => [
  value,
  Object.values(value as Row).map((field) =>
    Buffer.from((field as { B?: string })?.B ?? "", "base64").toString("latin1"),
  ),
];
