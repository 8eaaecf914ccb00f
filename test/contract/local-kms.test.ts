import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { createKms } from "../../local/kms/kms.ts";
import type { EncryptionKey } from "../../local/template/model.ts";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";

/** The local KMS as AWS's own client sees it. */
const keyNamed = (keyId: string): EncryptionKey => ({
  logicalId: keyId,
  keyId,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
});
const ours = keyNamed("ours");
const theirs = keyNamed("theirs");
const context = { app: "shop", channel: "mobilePush", provider: "apns" };

const opening = statement("open#0", ["kms:Decrypt"], [ours.arn], {
  conditions: { StringEquals: { "kms:EncryptionContext:channel": ["mobilePush"] } },
});
const pusher = role("Pusher", [opening]);
const sealer = role("Sealer", [statement("seal#0", ["kms:GenerateDataKey"], [ours.arn])]);

async function start(t: TestContext) {
  const { door } = await openDoor(t, deployment({ keys: [ours, theirs], roles: [pusher, sealer] }));
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

test("a key is the same after a restart, and another in another folder", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-kms-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const openFile = (name: string) => createKms({ file: join(folder, name), keys: [ours] });
  const first = openFile("kms.sqlite");
  const { Plaintext, CiphertextBlob } = first.generateDataKey({ KeyId: "ours", KeySpec: "AES_256" });
  first.close();
  const blob = { CiphertextBlob: CiphertextBlob.toString("base64") };
  const again = openFile("kms.sqlite");
  assert.deepEqual(again.decrypt(blob).Plaintext, Plaintext);
  again.close();
  const other = openFile("other.sqlite");
  assert.throws(() => other.decrypt(blob), { code: "InvalidCiphertextException" });
  other.close();
});
