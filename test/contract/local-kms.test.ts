import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeysCommand,
  TagResourceCommand,
} from "@aws-sdk/client-kms";
import { createKms } from "../../local/kms/kms.ts";
import type { EncryptionKey } from "../../local/template/model.ts";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";

/** The local KMS as AWS's own client sees it. */
const TAG = "clarion:credentials";
const keyNamed = (keyId: string, tags: Record<string, string> = {}): EncryptionKey => ({
  logicalId: keyId,
  keyId,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
  tags,
  rotates: false,
});
const ours = keyNamed("ours");
const theirs = keyNamed("theirs", { [TAG]: "Theirs" });
const context = { app: "shop", channel: "mobilePush", provider: "apns" };

const opening = statement("open#0", ["kms:Decrypt"], [ours.arn], {
  conditions: { StringEquals: { "kms:EncryptionContext:channel": ["mobilePush"] } },
});
const pusher = role("Pusher", [opening]);
const sealer = role("Sealer", [statement("seal#0", ["kms:GenerateDataKey"], [ours.arn])]);
/** Makes keys under one tag, and uses none but those. */
const ANY_KEY = ["arn:aws:kms:us-east-1:000000000000:key/*"];
const asked = {
  StringEquals: { [`aws:RequestTag/${TAG}`]: ["Ours"] },
  "ForAllValues:StringEquals": { "aws:TagKeys": [TAG] },
};
const maker = role("Maker", [
  statement("make#0", ["kms:CreateKey"], ["*"], { conditions: asked }),
  statement("make#1", ["kms:TagResource"], ANY_KEY, {
    conditions: { ...asked, StringEqualsIfExists: { [`aws:ResourceTag/${TAG}`]: ["Ours"] } },
  }),
  statement("make#2", ["kms:GenerateDataKey", "kms:EnableKeyRotation"], ANY_KEY, {
    conditions: { StringEquals: { [`aws:ResourceTag/${TAG}`]: ["Ours"] } },
  }),
]);
const PLACE = { region: "us-east-1", account: "000000000000" };

async function start(t: TestContext) {
  const { door } = await openDoor(t, deployment({ keys: [ours, theirs], roles: [pusher, sealer, maker] }));
  const clientOf = (credentials = door.adminCredentials()) => {
    const client = new KMSClient(sdkOptions(door, credentials));
    t.after(() => client.destroy());
    return {
      generate: (more: object = {}) =>
        client.send(
          new GenerateDataKeyCommand({
            KeyId: ours.arn,
            KeySpec: "AES_256",
            EncryptionContext: context,
            ...more,
          }),
        ),
      decrypt: (CiphertextBlob: Uint8Array, more: object = {}) =>
        client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context, ...more })),
      create: async (Tags?: Record<string, string>, more: Partial<CreateKeyCommandInput> = {}) => {
        const given = Object.entries(Tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
        const { KeyMetadata } = await client.send(
          new CreateKeyCommand({ ...(Tags && { Tags: given }), ...more }),
        );
        return KeyMetadata!;
      },
      tag: (KeyId: string, TagKey: string, TagValue: string) =>
        client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey, TagValue }] })),
      rotate: (KeyId: string) => client.send(new EnableKeyRotationCommand({ KeyId })),
      rotates: async (KeyId: string) =>
        (await client.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled,
      keys: async () => (await client.send(new ListKeysCommand({}))).Keys!.map(({ KeyArn }) => KeyArn),
      encrypt: () => client.send(new EncryptCommand({ KeyId: ours.arn, Plaintext: new Uint8Array([1]) })),
    };
  };
  return { door, admin: clientOf(), as: (arn: string) => clientOf(door.credentialsFor(arn)) };
}

test("a data key comes plain and sealed; the sealed one opens again, by the key it names itself", async (t) => {
  const { admin } = await start(t);
  const made = await admin.generate();
  assert.equal(made.KeyId, ours.arn);
  assert.equal(made.Plaintext!.length, 32);
  const opened = await admin.decrypt(made.CiphertextBlob!);
  assert.deepEqual(opened.Plaintext, made.Plaintext);
  assert.deepEqual([opened.KeyId, opened.EncryptionAlgorithm], [ours.arn, "SYMMETRIC_DEFAULT"]);
  assert.deepEqual((await admin.decrypt(made.CiphertextBlob!, { KeyId: "ours" })).Plaintext, made.Plaintext);
  const another = await admin.generate();
  assert.notDeepEqual(another.Plaintext, made.Plaintext);
  assert.ok(!Buffer.from(made.CiphertextBlob!).includes(Buffer.from(made.Plaintext!)));
  assert.equal((await admin.generate({ KeySpec: undefined, NumberOfBytes: 64 })).Plaintext!.length, 64);
});

test("the context's letters count, their order does not", async (t) => {
  const { admin } = await start(t);
  const { CiphertextBlob, Plaintext } = await admin.generate();
  const turned = { provider: "apns", channel: "mobilePush", app: "shop" };
  const opened = await admin.decrypt(CiphertextBlob!, { EncryptionContext: turned });
  assert.deepEqual(opened.Plaintext, Plaintext);
  const others = [undefined, {}, { ...context, app: "Shop" }, { ...context, more: "" }, { app: "shop" }];
  for (const EncryptionContext of others)
    await assert.rejects(admin.decrypt(CiphertextBlob!, { EncryptionContext }), {
      name: "InvalidCiphertextException",
    });
});

test("altered, of another key, or no ciphertext at all", async (t) => {
  const { admin } = await start(t);
  const { CiphertextBlob } = await admin.generate();
  const invalid = { name: "InvalidCiphertextException" };
  for (let byte = 0; byte < CiphertextBlob!.length; byte++) {
    const altered = Buffer.from(CiphertextBlob!);
    altered[byte]! ^= 1;
    await assert.rejects(admin.decrypt(altered), invalid, `byte ${byte}`);
  }
  await assert.rejects(admin.decrypt(Buffer.from("hello")), invalid);
  const foreign = await admin.generate({ KeyId: theirs.arn });
  await assert.rejects(admin.decrypt(foreign.CiphertextBlob!, { KeyId: ours.arn }), {
    name: "IncorrectKeyException",
  });
  await assert.rejects(admin.generate({ KeyId: "nobodys" }), { name: "NotFoundException" });
  await assert.rejects(admin.generate({ NumberOfBytes: 8 }), { name: "ValidationException" });
  await assert.rejects(admin.generate({ KeySpec: undefined }), { name: "ValidationException" });
  await assert.rejects(admin.encrypt(), { name: "UnknownOperationException" });
});

test("IAM judges by the context that a caller names, and a lie about it opens nothing", async (t) => {
  const { door, admin, as } = await start(t);
  const denied = { name: "AccessDeniedException" };
  const mail = { ...context, channel: "email" };
  const [push, letter] = [await admin.generate(), await admin.generate({ EncryptionContext: mail })];
  const reader = as(pusher.arn);
  assert.deepEqual((await reader.decrypt(push.CiphertextBlob!)).Plaintext, push.Plaintext);
  await assert.rejects(reader.decrypt(letter.CiphertextBlob!, { EncryptionContext: mail }), denied);
  await assert.rejects(reader.decrypt(letter.CiphertextBlob!), { name: "InvalidCiphertextException" });
  await assert.rejects(reader.decrypt(push.CiphertextBlob!, { EncryptionContext: undefined }), denied);
  await assert.rejects(reader.generate(), denied);
  const writer = as(sealer.arn);
  const { CiphertextBlob } = await writer.generate();
  await assert.rejects(writer.decrypt(CiphertextBlob!), denied);
  const { byPrincipal } = door.meter.totals();
  assert.deepEqual(
    [byPrincipal["pusher"], byPrincipal["sealer"]],
    [{ "kms.request": 2 }, { "kms.request": 1 }],
  );
});

test("a key that is made seals and opens, rotates when it is told to, and is listed", async (t) => {
  const { admin } = await start(t);
  const made = await admin.create({ team: "push" }, { Description: "for a test" });
  assert.match(made.Arn!, /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
  assert.deepEqual(
    [made.Arn!.endsWith(made.KeyId!), made.Description, made.KeyState, made.CreationDate instanceof Date],
    [true, "for a test", "Enabled", true],
  );
  const { Plaintext, CiphertextBlob, KeyId } = await admin.generate({ KeyId: made.Arn });
  assert.equal(KeyId, made.Arn);
  assert.deepEqual((await admin.decrypt(CiphertextBlob!)).Plaintext, Plaintext);
  assert.equal(await admin.rotates(made.KeyId!), false);
  await admin.rotate(made.Arn!);
  assert.equal(await admin.rotates(made.KeyId!), true);
  assert.deepEqual(await admin.keys(), [ours.arn, theirs.arn, made.Arn]);
});

test("what is not run here, or is no tag, makes no key", async (t) => {
  const { admin } = await start(t);
  const not = { name: "UnsupportedOperationException" };
  await assert.rejects(admin.create(undefined, { KeySpec: "RSA_2048" }), not);
  await assert.rejects(admin.create(undefined, { Policy: "{}" }), not);
  const wrong: Record<string, string>[] = [{ "aws:own": "x" }, { "": "x" }, { long: "x".repeat(257) }];
  for (const tags of wrong)
    await assert.rejects(admin.create(tags), { name: "TagException" }, JSON.stringify(tags));
  assert.deepEqual(await admin.keys(), [ours.arn, theirs.arn]);
});

test("IAM judges by the tags that a call gives and by those that a key has", async (t) => {
  const { admin, as } = await start(t);
  const denied = { name: "AccessDeniedException" };
  const own = as(maker.arn);
  const others: (Record<string, string> | undefined)[] = [
    undefined,
    { [TAG]: "Theirs" },
    { [TAG]: "Ours", more: "x" },
    { more: "x" },
  ];
  for (const tags of others) await assert.rejects(own.create(tags), denied, JSON.stringify(tags));
  const { Arn } = await own.create({ [TAG]: "Ours" });
  await own.generate({ KeyId: Arn });
  await own.rotate(Arn!);
  for (const other of [ours, theirs]) {
    await assert.rejects(own.generate({ KeyId: other.arn }), denied);
    await assert.rejects(own.rotate(other.arn), denied);
  }
  await assert.rejects(
    own.tag(theirs.arn, TAG, "Ours"),
    denied,
    "a key of another deployment is not taken over",
  );
  await own.tag(ours.arn, TAG, "Ours");
  await own.generate({ KeyId: ours.arn });
  await admin.tag(ours.arn, TAG, "Nobody's");
  await assert.rejects(own.generate({ KeyId: ours.arn }), denied);
});

test("to make a key with tags takes the right to tag every key", async (t) => {
  const onlyMaker = role("OnlyMaker", [statement("only#0", ["kms:CreateKey"], ["*"])]);
  const { door } = await openDoor(t, deployment({ roles: [onlyMaker] }));
  const client = new KMSClient(sdkOptions(door, door.credentialsFor(onlyMaker.arn)));
  t.after(() => client.destroy());
  await client.send(new CreateKeyCommand({}));
  const Tags = [{ TagKey: TAG, TagValue: "Ours" }];
  await assert.rejects(client.send(new CreateKeyCommand({ Tags })), /kms:TagResource.*key\/\*/);
});

test("a key is the same after a restart, and another in another folder", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-kms-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const openFile = (name: string) =>
    createKms({ file: join(folder, name), keys: [ours], place: PLACE, now: () => 0 });
  const first = openFile("kms.sqlite");
  const { Plaintext, CiphertextBlob } = first.generateDataKey({ KeyId: "ours", KeySpec: "AES_256" });
  const { Arn } = first.createKey({ Tags: [{ TagKey: TAG, TagValue: "Ours" }] }).KeyMetadata;
  first.close();
  const blob = { CiphertextBlob: CiphertextBlob.toString("base64") };
  const again = openFile("kms.sqlite");
  assert.deepEqual(again.keyFor({ KeyId: Arn }).tags, { [TAG]: "Ours" });
  assert.deepEqual(again.decrypt(blob).Plaintext, Plaintext);
  again.close();
  const other = openFile("other.sqlite");
  assert.throws(() => other.decrypt(blob), { code: "InvalidCiphertextException" });
  other.close();
});
