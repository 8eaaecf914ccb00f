import assert from "node:assert/strict";
import { createECDH } from "node:crypto";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { putRows, rowsOf } from "../compatibility/kept-state.ts";
import { type CanaryTexts, searcher } from "../security/canary-texts.ts";
import {
  browserOf,
  ended,
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
import {
  apnsCredentials,
  asAdmin,
  decrypt,
  keyIdAt,
  providerPath,
  push,
  sealedNames,
  sealedRow,
  secretNames,
  textOf,
  withTexts,
} from "./kept-credentials.ts";

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

async function putApns(of: TestApp, keyId: string): Promise<void> {
  await world.admin.ok("PUT", providerPath(of, "apns"), apnsCredentials(world, of, keyId, texts));
}

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
  assert.deepEqual(await sealedNames(world, app), ["apns", "fcm", "jwt", "ses", "sns", "webhook", "webpush"]);
  assert.deepEqual(await secretNames(world, "SealedService"), []);
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

test("a dispatcher opens its own channel's and no other's, whatever it says they are; nobody who writes opens any", async () => {
  world.expectTrouble(/was denied kms:Decrypt/);
  const row = await sealedRow(world, app.id, "apns");
  const { Plaintext } = (await decrypt(world, "DispatchMobilePush", row, "mobilePush")) as {
    Plaintext: Buffer;
  };
  assert.equal(Plaintext.length, 32);
  const others = ["DispatchWebPush", "DispatchEmail", "DispatchSms", "DispatchWebhook"];
  for (const fn of [...others, "DispatchInApp", "Authorizer", "Client", "Manage", "Send", "Plan"])
    await assert.rejects(decrypt(world, fn, row, "mobilePush"), { code: "AccessDeniedException" }, fn);
  await assert.rejects(decrypt(world, "DispatchEmail", row, "email"), { code: "InvalidCiphertextException" });
});

test("new credentials are in use within a minute", async () => {
  assert.equal(await push(app, "before-rotation"), "accepted");
  assert.equal(keyIdAt(world, "before-rotation"), "SEALED0001");
  const before = await sealedRow(world, app.id, "apns");
  await putApns(app, "SEALED0002");
  const { version } = await sealedRow(world, app.id, "apns");
  assert.notEqual(textOf(version, "S"), textOf(before["version"], "S"));
  await world.advance(61_000);
  assert.equal(await push(app, "after-rotation"), "accepted");
  assert.equal(keyIdAt(world, "after-rotation"), "SEALED0002");
});

test("an item of another app does not open, nor one that was altered: the push fails, nothing else does", async () => {
  const thief = await makeApp(world, "thief");
  await person(thief, "ann", { iphone: iphone("thief") });
  const own = await sealedRow(world, thief.id, "apns");
  const moved = { ...(await sealedRow(world, app.id, "apns")), pk: own["pk"] };
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
  const SecretString = JSON.stringify(apnsCredentials(world, old, "BEFORE0001", texts));
  await asAdmin(world, "secretsmanager", "CreateSecret", { Name, SecretString });
  const { pk, sk } = await sealedRow(world, old.id, "apns");
  await asAdmin(world, "dynamodb", "DeleteItem", {
    TableName: tableNamed(world, "Catalog"),
    Key: { pk, sk },
  });
  await world.advance(61_000);
  assert.equal(await push(old, "by-the-secret"), "accepted");
  assert.equal(keyIdAt(world, "by-the-secret"), "BEFORE0001");
  await putApns(old, "ANEW000001");
  assert.deepEqual(await secretNames(world, "SealedService"), []);
  await world.advance(61_000);
  assert.equal(await push(old, "by-the-item"), "accepted");
  assert.equal(keyIdAt(world, "by-the-item"), "ANEW000001");
});

test("what is removed is gone: a provider's item, and an app's with everything of it", async () => {
  const gone = await makeApp(world, "gone");
  await person(gone, "ann", { iphone: iphone("gone") });
  assert.equal(await push(gone, "while-set"), "accepted");
  assert.equal((await world.admin.call("DELETE", providerPath(gone, "apns"))).status, 204);
  assert.deepEqual(await sealedNames(world, gone), ["fcm", "jwt", "webpush"]);
  assert.equal((await world.admin.call("DELETE", `/v1/apps/${gone.id}`)).status, 204);
  assert.deepEqual(await sealedNames(world, gone), []);
});

test("credentials are read back nowhere: not from an answer, a table, a log line or a page", async () => {
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  const privateKey = Buffer.from(ecdh.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
  texts["VAPID private key"] = privateKey;
  const pair = { publicKey, privateKey, subject: "mailto:push@example.com" };
  const answers = [await world.admin.ok("PUT", providerPath(app, "webpush"), pair)];
  for (const path of ["/v1/apps", `/v1/apps/${app.id}`]) answers.push(await world.admin.ok("GET", path));
  const read = await world.admin.call("GET", providerPath(app, "apns"));
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
