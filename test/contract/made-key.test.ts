import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import {
  CreateKeyCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  KMSClient,
  KMSServiceException,
} from "@aws-sdk/client-kms";
import { growthWarnings } from "../../functions/platform/administering.ts";
import { writeCredentials } from "../../functions/platform/entered-credentials.ts";
import { readCredentials } from "../../functions/platform/kept-credentials.ts";
import * as providerSecrets from "../../functions/platform/provider-secrets.ts";
import { toldLines } from "../unit/platform/told-lines.ts";
import { ours, startCredentialsWorld, theirs, VALUE } from "./credentials-world.ts";

/** `credentials: "auto"`: a secret each up to fifty apps, then one KMS key that somebody has to make first. */
const ROW = { pk: "_credentialsKey", sk: "made" };
const MINUTE_MS = 60_000;

let world: Awaited<ReturnType<typeof startCredentialsWorld>>;
before(async () => {
  world = await startCredentialsWorld();
  process.env["CREDENTIALS_PLACE"] = "auto";
  await apps(51);
});
beforeEach(() => world.catalog.remove(ROW));
after(() => world.close());

async function apps(count: number): Promise<void> {
  for (let n = 0; n < 60; n++) {
    const key = { pk: "_apps", sk: `app-${n}` };
    await (n < count ? world.catalog.put(key) : world.catalog.remove(key));
  }
}

type Kms = Record<string, unknown>;
const asAdmin = (operation: string, input: object = {}) =>
  world.door.call({ kind: "admin" }, "kms", operation, input) as Promise<Kms>;

/** Keys that were made at run time since the last look. */
const seen = new Set<string>([ours.arn, theirs.arn]);
async function newKeys(): Promise<string[]> {
  const { Keys } = (await asAdmin("ListKeys")) as { Keys: { KeyArn: string }[] };
  const found = Keys.map(({ KeyArn }) => KeyArn).filter((arn) => !seen.has(arn));
  for (const arn of found) seen.add(arn);
  return found;
}

const kmsError = (name: string, fault = "client") =>
  Object.assign(
    new KMSServiceException({
      name,
      message: `${name} of this test`,
      $fault: fault as "client",
      $metadata: {},
    }),
  );

/** KMS answers these commands with an error. */
function failing(t: TestContext, command: new (input: never) => object, error: Error): { calls: number } {
  const real = KMSClient.prototype.send as (this: KMSClient, ...args: unknown[]) => Promise<unknown>;
  const counted = { calls: 0 };
  t.mock.method(KMSClient.prototype, "send", async function send(this: KMSClient, ...args: unknown[]) {
    if (!(args[0] instanceof command)) return real.apply(this, args);
    counted.calls++;
    throw error;
  });
  return counted;
}

/** Where an app's credentials lie; they are read as they were written. */
async function placeOf(app: string): Promise<"item" | "secret" | "both" | "none"> {
  const [item, secret] = [await world.itemOf(app, "apns"), await providerSecrets.read(app, "apns")];
  const read = await readCredentials(app, "apns");
  assert.equal(typeof read === "object" && read.text, item || secret ? JSON.stringify(VALUE) : false);
  if (item) return secret ? "both" : "item";
  return secret ? "secret" : "none";
}
const write = (app: string) => writeCredentials(app, "apns", VALUE);
const row = () => world.catalog.get(ROW);

test("fifty apps have secrets and no key; with one more, what is entered is an item and its secret is gone", async () => {
  await apps(50);
  await write("early");
  assert.equal(await placeOf("early"), "secret");
  assert.deepEqual([await newKeys(), await row()], [[], undefined]);
  await apps(51);
  await write("late");
  assert.equal(await placeOf("late"), "item");
  const [key = "", ...others] = await newKeys();
  assert.deepEqual(others, []);
  assert.equal((await world.itemOf("late", "apns"))?.["keyArn"], key);
  const { madeAtMs, ...stored } = (await row())!;
  assert.deepEqual(stored, { ...ROW, keyArn: key, rotates: true });
  assert.ok(Math.abs(Date.now() - Number(madeAtMs)) < MINUTE_MS);
  assert.equal((await asAdmin("GetKeyRotationStatus", { KeyId: key }))["KeyRotationEnabled"], true);
  assert.equal(await placeOf("early"), "secret", "what was entered before stays where it is");
  await write("early");
  assert.equal(await placeOf("early"), "item");
  assert.deepEqual([await newKeys(), await growthWarnings()], [[], []]);
  await apps(50);
  await write("late");
  assert.equal(await placeOf("late"), "secret", "fewer apps again: the rule looks at today's");
  await apps(51);
});

test("the key says whose it is: by its tag, which is what IAM goes by", async (t) => {
  const sent: unknown[] = [];
  const real = KMSClient.prototype.send as (this: KMSClient, ...args: unknown[]) => Promise<unknown>;
  t.mock.method(KMSClient.prototype, "send", function send(this: KMSClient, ...args: unknown[]) {
    if (args[0] instanceof CreateKeyCommand) sent.push(args[0].input);
    return real.apply(this, args);
  });
  await write("tagged");
  assert.deepEqual(sent, [
    {
      Description: "Seals the providers' credentials in the Catalog table of Clarion",
      Tags: [{ TagKey: "clarion:credentials", TagValue: "Clarion" }],
    },
  ]);
  assert.equal((await newKeys()).length, 1);
});

test("many at once: one key; who finds it claimed writes a secret and does not wait", async (t) => {
  const lines = toldLines(t);
  const names = Array.from({ length: 12 }, (_, n) => `racing-${n}`);
  await Promise.all(names.map(write));
  assert.equal((await newKeys()).length, 1);
  const places = await Promise.all(names.map(placeOf));
  assert.ok(places.includes("item"), places.join());
  assert.ok(
    places.every((place) => place === "item" || place === "secret"),
    places.join(),
  );
  const told = lines.filter((line) => line.includes("their key is being made"));
  assert.equal(told.length, places.filter((place) => place === "secret").length);
  await Promise.all(names.map(write));
  assert.deepEqual(new Set(await Promise.all(names.map(placeOf))), new Set(["item"]));
  assert.deepEqual(await newKeys(), []);
});

test("whoever claimed the key and died is replaced after a minute, not before", async () => {
  await world.catalog.put({ ...ROW, claimedAtMs: Date.now() - MINUTE_MS + 5_000 });
  await write("claimed");
  assert.equal(await placeOf("claimed"), "secret");
  assert.deepEqual(await newKeys(), []);
  await world.catalog.put({ ...ROW, claimedAtMs: Date.now() - MINUTE_MS });
  await write("claimed");
  assert.equal(await placeOf("claimed"), "item");
  assert.equal((await newKeys()).length, 1);
});

test("a key that somebody else recorded meanwhile is the one; the other is told by its ARN", async (t) => {
  const lines = toldLines(t);
  const real = KMSClient.prototype.send as (this: KMSClient, ...args: unknown[]) => Promise<unknown>;
  t.mock.method(KMSClient.prototype, "send", async function send(this: KMSClient, ...args: unknown[]) {
    const answer = await real.apply(this, args);
    if (args[0] instanceof CreateKeyCommand)
      await world.catalog.put({ ...ROW, keyArn: theirs.arn, madeAtMs: Date.now(), rotates: true });
    return answer;
  });
  await write("overtaken");
  assert.equal(await placeOf("overtaken"), "secret");
  const [orphan = ""] = await newKeys();
  assert.match(
    lines.join(""),
    new RegExp(`"error","message":"a key for credentials was made and is not used".*${orphan}`),
  );
  await write("overtaken");
  assert.equal((await world.itemOf("overtaken", "apns"))?.["keyArn"], theirs.arn);
});

test("denied by a policy of the organisation: a secret, the operator is told why, and the next one tries again", async (t) => {
  const lines = toldLines(t);
  const denied = failing(t, CreateKeyCommand, kmsError("AccessDeniedException"));
  await write("denied");
  await write("denied");
  assert.deepEqual([await placeOf("denied"), denied.calls], ["secret", 2]);
  assert.match(lines.join(""), /"level":"error","message":"no key for credentials could be made"/);
  const [warning = "", ...others] = await growthWarnings();
  assert.match(warning, /more than 50 apps.*\(AccessDeniedException: AccessDeniedException of this test\)/);
  assert.match(warning, /kms:CreateKey and kms:TagResource.*`credentials: "secrets"`/);
  assert.deepEqual(others, []);
  t.mock.restoreAll();
  await write("denied");
  assert.equal(await placeOf("denied"), "item");
  assert.deepEqual([await growthWarnings(), (await newKeys()).length], [[], 1]);
});

test("no answer from KMS may be a key: nobody tries again for a minute", async (t) => {
  const silent = failing(t, CreateKeyCommand, Object.assign(new Error("timeout"), { name: "TimeoutError" }));
  for (let attempt = 0; attempt < 3; attempt++) await write("silent");
  assert.deepEqual([await placeOf("silent"), silent.calls], ["secret", 1]);
  assert.match((await growthWarnings()).join(), /TimeoutError: timeout/);
});

for (const name of ["AccessDeniedException", "NotFoundException"]) {
  test(`${name} of a new key: a secret for now; of one that is ten minutes old it is a failure`, async (t) => {
    const lines = toldLines(t);
    await world.catalog.put({ ...ROW, keyArn: ours.arn, madeAtMs: Date.now(), rotates: true });
    failing(t, GenerateDataKeyCommand, kmsError(name));
    await write(`fresh-${name}`);
    assert.equal(await placeOf(`fresh-${name}`), "secret");
    assert.match(lines.join(""), /a secret this time.*cannot be used yet/);
    await world.catalog.put({ ...(await row()), madeAtMs: Date.now() - 600_000 });
    await assert.rejects(write(`old-${name}`), { name });
    assert.equal(await placeOf(`old-${name}`), "none");
  });
}

test("a new key that is disabled is a failure: that is nobody's delay", async (t) => {
  await world.catalog.put({ ...ROW, keyArn: ours.arn, madeAtMs: Date.now(), rotates: true });
  failing(t, GenerateDataKeyCommand, kmsError("DisabledException"));
  await assert.rejects(write("disabled"), { name: "DisabledException" });
});

test("a rotation that cannot be turned on keeps nobody, and is tried with the next credentials", async (t) => {
  const lines = toldLines(t);
  const denied = failing(t, EnableKeyRotationCommand, kmsError("AccessDeniedException"));
  await write("rotating");
  await write("rotating");
  assert.deepEqual(
    [await placeOf("rotating"), denied.calls, (await row())?.["rotates"]],
    ["item", 2, undefined],
  );
  assert.match(lines.join(""), /"warn","message":"the key for credentials does not rotate yet"/);
  t.mock.restoreAll();
  await write("rotating");
  assert.equal((await row())?.["rotates"], true);
  const rotated = failing(t, EnableKeyRotationCommand, kmsError("AccessDeniedException"));
  await write("rotating");
  assert.equal(rotated.calls, 0, "turned on once");
  await newKeys();
});
