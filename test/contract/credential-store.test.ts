import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  InvalidRequestException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { CredentialName } from "../../functions/core/app/provider-input.ts";
import type { KeptCredentials } from "../../functions/platform/credential-store.ts";
import { removeCredentials, writeCredentials } from "../../functions/platform/entered-credentials.ts";
import { readCredentials } from "../../functions/platform/kept-credentials.ts";
import * as providerSecrets from "../../functions/platform/provider-secrets.ts";
import { unsealed, writeSealed } from "../../functions/platform/sealed-credentials.ts";
import type { Item } from "../../functions/storage/table.ts";
import { toldLines } from "../unit/platform/told-lines.ts";
import { ours, startCredentialsWorld, theirs, VALUE } from "./credentials-world.ts";

/** Every place that credentials can be kept in, against the local AWS; then both as an operator changes places. */
type CredentialStore = {
  /** "unreadable" (and a line in the log) where there are some that do not open. */
  read(app: string, name: CredentialName): Promise<KeptCredentials | "unreadable" | undefined>;
  write(app: string, name: CredentialName, value: object): Promise<void>;
  remove(app: string, name: CredentialName): Promise<void>;
};

let world: Awaited<ReturnType<typeof startCredentialsWorld>>;
before(async () => {
  world = await startCredentialsWorld();
});
const operatorChooses = (place: "secrets" | "catalog") => {
  process.env["CREDENTIALS_PLACE"] = place;
  if (place === "catalog") process.env["CREDENTIALS_KEY_ARN"] = ours.arn;
  else delete process.env["CREDENTIALS_KEY_ARN"];
};
beforeEach(() => operatorChooses("catalog"));
after(() => world.close());

const keptCredentials: CredentialStore = {
  read: readCredentials,
  write: writeCredentials,
  remove: removeCredentials,
};
const sealedCredentials: CredentialStore = {
  async read(app, name) {
    const item = await world.itemOf(app, name);
    return item && unsealed(app, name, item);
  },
  write: (app, name, value) => writeSealed(app, name, value, ours.arn),
  remove: (app, name) => world.catalog.remove({ pk: app, sk: `credentials#${name}` }).then(() => undefined),
};

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
  const item = await world.itemOf(app, name);
  assert.ok(item, `no item of ${app} and ${name}`);
  return item;
};

test("an item holds nothing that can be read, and no key but a sealed one", async () => {
  await sealedCredentials.write("closed", "apns", VALUE);
  const item = await itemOf("closed", "apns");
  assert.deepEqual(Object.keys(item).sort(), [
    "ciphertext",
    "iv",
    "keyArn",
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
  await writeSealed("victim", "apns", VALUE, theirs.arn);
  const otherKeys = { ...(await itemOf("victim", "apns")), keyArn: ours.arn };
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
    ["victim", "apns", { ...item, keyArn: theirs.arn }],
    ["victim", "apns", { ...item, keyArn: 7 }],
  ];
  const lines = toldLines(t);
  for (const [app, name, row] of bad) {
    await world.catalog.put(row);
    assert.equal(await sealedCredentials.read(app, name), "unreadable", JSON.stringify(row));
  }
  assert.equal(lines.length, bad.length);
  for (const line of lines) assert.match(line, /"level":"warn","message":"credentials unreadable"/);
  assert.doesNotMatch(lines.join(""), /KEY1234567|PRIVATE|not bytes/);
  await world.catalog.put(item);
  assert.equal(await textIn(sealedCredentials, "victim", "apns"), JSON.stringify(VALUE));
});

test("a key that cannot be had now is a failure, not an answer: the job waits", async (t) => {
  await sealedCredentials.write("waiting", "apns", VALUE);
  t.mock.method(KMSClient.prototype, "send", async () => {
    throw Object.assign(new Error("pending deletion"), { name: "KMSInvalidStateException" });
  });
  await assert.rejects(sealedCredentials.read("waiting", "apns"), { name: "KMSInvalidStateException" });
});

test("an item that names no key was sealed by the template's, whether that is still bound or not", async () => {
  await writeSealed("older", "apns", VALUE, ours.arn);
  const { keyArn: _named, ...older } = await itemOf("older", "apns");
  await world.catalog.put(older);
  assert.equal(await textIn(keptCredentials, "older", "apns"), JSON.stringify(VALUE));
  process.env["CREDENTIALS_KEY_ARN"] = theirs.arn;
  assert.equal(await keptCredentials.read("older", "apns"), "unreadable");
  operatorChooses("secrets");
  assert.equal(await textIn(keptCredentials, "older", "apns"), JSON.stringify(VALUE));
});

test("the item first, the secret where there is none; a write and a removal leave no secret", async () => {
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

test("back to secrets: an item goes on working until it is written anew, then it never comes back", async () => {
  await keptCredentials.write("back", "apns", { ...VALUE, keyId: "SEALED0000" });
  operatorChooses("secrets");
  assert.match(String(await textIn(keptCredentials, "back", "apns")), /SEALED0000/);
  await keptCredentials.write("back", "apns", VALUE);
  assert.equal(await textIn(providerSecrets, "back", "apns"), JSON.stringify(VALUE));
  operatorChooses("catalog");
  assert.equal(await textIn(keptCredentials, "back", "apns"), JSON.stringify(VALUE));
  operatorChooses("secrets");
  await keptCredentials.remove("back", "apns");
  assert.equal(await keptCredentials.read("back", "apns"), undefined);
});

/** Does something once, just before Secrets Manager is asked for that. */
function beforeAsking(t: TestContext, command: new (input: never) => object, act: () => Promise<unknown>) {
  const real = SecretsManagerClient.prototype.send as (...args: unknown[]) => Promise<unknown>;
  let done = false;
  t.mock.method(
    SecretsManagerClient.prototype,
    "send",
    async function send(this: unknown, ...args: unknown[]) {
      if (!done && args[0] instanceof command) {
        done = true;
        await act();
      }
      return real.apply(this, args);
    },
  );
}

test("two that are entered at once into different places do not take away each other's", async (t) => {
  beforeAsking(t, DeleteSecretCommand, () => sealedCredentials.remove("twice", "apns"));
  await keptCredentials.write("twice", "apns", VALUE);
  assert.equal(await textIn(keptCredentials, "twice", "apns"), JSON.stringify(VALUE));
  t.mock.restoreAll();

  operatorChooses("secrets");
  const real = DynamoDBClient.prototype.send as (...args: unknown[]) => Promise<unknown>;
  t.mock.method(DynamoDBClient.prototype, "send", async function send(this: unknown, ...args: unknown[]) {
    if (args[0] instanceof DeleteItemCommand) await providerSecrets.remove("twice", "apns");
    return real.apply(this, args);
  });
  await keptCredentials.write("twice", "apns", VALUE);
  assert.equal(await textIn(providerSecrets, "twice", "apns"), JSON.stringify(VALUE));
});

test("where Secrets Manager is still deleting the name, the other one's item stays", async (t) => {
  operatorChooses("secrets");
  const real = SecretsManagerClient.prototype.send as (...args: unknown[]) => Promise<unknown>;
  let writes = 0;
  t.mock.method(
    SecretsManagerClient.prototype,
    "send",
    async function send(this: unknown, ...args: unknown[]) {
      if (args[0] instanceof CreateSecretCommand) {
        writes++;
        // The other one: its item stands, and it has had the secret deleted, which takes a while.
        if (writes === 2) throw new InvalidRequestException({ message: "still deleting", $metadata: {} });
        const written = await real.apply(this, args);
        await sealedCredentials.write("both", "apns", { ...VALUE, keyId: "OTHER00000" });
        await providerSecrets.remove("both", "apns");
        return written;
      }
      return real.apply(this, args);
    },
  );
  await assert.rejects(keptCredentials.write("both", "apns", VALUE), { code: "conflict" });
  assert.equal(writes, 2);
  t.mock.restoreAll();
  assert.match(String(await textIn(keptCredentials, "both", "apns")), /OTHER00000/);
});
