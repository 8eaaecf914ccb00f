import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { KMSClient } from "@aws-sdk/client-kms";
import type { CredentialStore } from "../../functions/platform/credential-store.ts";
import {
  readCredentials,
  removeCredentials,
  writeCredentials,
} from "../../functions/platform/kept-credentials.ts";
import * as providerSecrets from "../../functions/platform/provider-secrets.ts";
import * as sealedCredentials from "../../functions/platform/sealed-credentials.ts";
import type { Item } from "../../functions/storage/table.ts";
import { createClock } from "../../local/clock/virtual-clock.ts";
import { type Door, startDoor } from "../../local/door/door.ts";
import type { EncryptionKey } from "../../local/template/model.ts";
import { deployment, table } from "../unit/local/door/deployment.ts";
import { fakeConnections } from "../unit/local/door/fixture.ts";
import { toldLines } from "../unit/platform/told-lines.ts";
import { startTables } from "./dynamodb-tables.ts";

/** Every place that credentials can be kept in, against the local AWS; then both as an operator changes places. */
const keyNamed = (keyId: string): EncryptionKey => ({
  logicalId: keyId,
  keyId,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
  tags: {},
  rotates: false,
});
const [ours, theirs] = [keyNamed("ours"), keyNamed("theirs")];
const VALUE = { keyId: "KEY1234567", privateKey: "-----BEGIN PRIVATE KEY-----" };

const keptCredentials: CredentialStore = {
  read: readCredentials,
  write: writeCredentials,
  remove: removeCredentials,
};

let engine: Awaited<ReturnType<typeof startTables>>;
let door: Door;
const clock = createClock();

before(async () => {
  engine = await startTables();
  door = await startDoor({
    deployment: deployment({ keys: [ours, theirs], tables: [table("catalog")] }),
    clock,
    stateFolder: ":memory:",
    connections: fakeConnections(new Map()),
    dynamodbUrl: engine.url,
  });
  const { accessKeyId, secretAccessKey } = door.adminCredentials();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: door.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    SECRET_PREFIX: "Clarion",
    TABLE_CATALOG: "catalog",
  });
});
beforeEach(() => {
  process.env["CREDENTIALS_KEY_ARN"] = ours.arn;
});
after(async () => {
  const { dynamodbClient } = await import("../../functions/platform/clients.ts");
  const { secretsClient } = await import("../../functions/platform/own-secrets.ts");
  dynamodbClient().destroy();
  secretsClient().destroy();
  await door.close();
  await engine.close();
  clock.close();
});

async function textIn(store: CredentialStore, app: string, name: "apns" | "fcm" | "jwt") {
  const found = await store.read(app, name);
  return typeof found === "object" ? found.text : found;
}

const places: Record<string, CredentialStore> = { secrets: providerSecrets, catalog: sealedCredentials };
for (const [place, store] of Object.entries(places)) {
  test(`${place}: what is written is read by its app and name alone, until it is removed`, async () => {
    assert.equal(await store.read(`${place}-a`, "apns"), undefined);
    await store.write(`${place}-a`, "apns", VALUE);
    assert.equal(await textIn(store, `${place}-a`, "apns"), JSON.stringify(VALUE));
    assert.equal(await store.read(`${place}-a`, "fcm"), undefined);
    assert.equal(await store.read(`${place}-b`, "apns"), undefined);
    await store.write(`${place}-a`, "jwt", { secret: "x".repeat(32) });
    await store.remove(`${place}-a`, "apns");
    assert.equal(await store.read(`${place}-a`, "apns"), undefined);
    assert.match(String(await textIn(store, `${place}-a`, "jwt")), /xxx/);
    await store.remove(`${place}-a`, "apns");
  });

  test(`${place}: each write has a version of its own, the same value's too; a read has the last`, async () => {
    const versions = new Set<string>();
    for (const value of [VALUE, VALUE, { ...VALUE, keyId: "KEY7654321" }]) {
      await store.write(`${place}-v`, "apns", value);
      const found = await store.read(`${place}-v`, "apns");
      assert.ok(typeof found === "object");
      assert.equal(found.text, JSON.stringify(value));
      versions.add(found.version);
      assert.deepEqual(await store.read(`${place}-v`, "apns"), found);
    }
    assert.equal(versions.size, 3);
  });
}

const itemOf = async (app: string, name: string): Promise<Item> => {
  const item = await engine.tables.catalog.get({ pk: app, sk: `credentials#${name}` });
  assert.ok(item, `no item of ${app} and ${name}`);
  return item;
};

test("an item holds nothing that can be read, and no key but a sealed one", async () => {
  await sealedCredentials.write("closed", "apns", VALUE);
  const item = await itemOf("closed", "apns");
  assert.deepEqual(Object.keys(item).sort(), [
    "ciphertext",
    "iv",
    "pk",
    "sealedKey",
    "sk",
    "tag",
    "version",
    "writtenAtMs",
  ]);
  const shown = Object.values(item).map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value),
  );
  assert.doesNotMatch(shown.join("\n"), /KEY1234567|PRIVATE KEY/);
});

test("moved to another app or name, altered or torn, sealed by another key: unreadable, and told without contents", async (t) => {
  await sealedCredentials.write("victim", "apns", VALUE);
  const item = await itemOf("victim", "apns");
  const turned = (field: string) => {
    const bytes = Buffer.from(item[field] as Uint8Array);
    bytes[bytes.length - 1]! ^= 1;
    return { ...item, [field]: bytes };
  };
  const { tag: _lost, ...torn } = item;
  process.env["CREDENTIALS_KEY_ARN"] = theirs.arn;
  await sealedCredentials.write("victim", "fcm", VALUE);
  process.env["CREDENTIALS_KEY_ARN"] = ours.arn;
  const otherKeys = { ...(await itemOf("victim", "fcm")), sk: "credentials#apns" };
  const bad: [app: string, name: "apns" | "fcm" | "jwt", item: Item][] = [
    ["thief", "apns", { ...item, pk: "thief" }],
    ["victim", "jwt", { ...item, sk: "credentials#jwt" }],
    ["victim", "fcm", { ...item, sk: "credentials#fcm" }],
    ["victim", "apns", turned("sealedKey")],
    ["victim", "apns", turned("iv")],
    ["victim", "apns", turned("tag")],
    ["victim", "apns", turned("ciphertext")],
    ["victim", "apns", torn],
    ["victim", "apns", { ...item, tag: "not bytes" }],
    ["victim", "apns", otherKeys],
  ];
  const lines = toldLines(t);
  for (const [app, name, row] of bad) {
    await engine.tables.catalog.put(row);
    assert.equal(await sealedCredentials.read(app, name), "unreadable", JSON.stringify(row));
  }
  assert.equal(lines.length, bad.length);
  for (const line of lines) assert.match(line, /"level":"warn","message":"credentials unreadable"/);
  assert.doesNotMatch(lines.join(""), /KEY1234567|PRIVATE|not bytes/);
  await engine.tables.catalog.put(item);
  assert.equal(await textIn(sealedCredentials, "victim", "apns"), JSON.stringify(VALUE));
});

test("a key that cannot be had now is a failure, not an answer: the job waits", async (t) => {
  await sealedCredentials.write("waiting", "apns", VALUE);
  t.mock.method(KMSClient.prototype, "send", async () => {
    throw Object.assign(new Error("pending deletion"), { name: "KMSInvalidStateException" });
  });
  await assert.rejects(sealedCredentials.read("waiting", "apns"), { name: "KMSInvalidStateException" });
});

test("with a key: the item first, the secret where there is none; a write and a removal leave no secret", async () => {
  await providerSecrets.write("moving", "apns", { ...VALUE, keyId: "OLD0000000" });
  assert.match(String(await textIn(keptCredentials, "moving", "apns")), /OLD0000000/);
  await keptCredentials.write("moving", "apns", VALUE);
  assert.equal(await textIn(keptCredentials, "moving", "apns"), JSON.stringify(VALUE));
  assert.equal(await providerSecrets.read("moving", "apns"), undefined);
  await providerSecrets.write("moving", "apns", { ...VALUE, keyId: "OLD0000000" });
  assert.equal(await textIn(keptCredentials, "moving", "apns"), JSON.stringify(VALUE));
  await keptCredentials.remove("moving", "apns");
  assert.equal(await keptCredentials.read("moving", "apns"), undefined);
});

test("without a key: secrets alone; a write takes an item of before away, so that it never comes back", async () => {
  await keptCredentials.write("back", "apns", { ...VALUE, keyId: "SEALED0000" });
  delete process.env["CREDENTIALS_KEY_ARN"];
  assert.equal(await keptCredentials.read("back", "apns"), undefined);
  await keptCredentials.write("back", "apns", VALUE);
  assert.equal(await textIn(keptCredentials, "back", "apns"), JSON.stringify(VALUE));
  process.env["CREDENTIALS_KEY_ARN"] = ours.arn;
  assert.equal(await textIn(keptCredentials, "back", "apns"), JSON.stringify(VALUE));
  delete process.env["CREDENTIALS_KEY_ARN"];
  await keptCredentials.remove("back", "apns");
  assert.equal(await keptCredentials.read("back", "apns"), undefined);
});
