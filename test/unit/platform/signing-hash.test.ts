import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { withoutLogger } from "../../../functions/platform/aws-calls.ts";
import { SigningHash } from "../../../functions/platform/signing-hash.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const plain = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const keyed = (key: string | Uint8Array, data: Uint8Array) =>
  createHmac("sha256", key).update(data).digest("hex");

async function digestOf(data: Uint8Array, secret?: string | ArrayBuffer | Uint8Array): Promise<string> {
  const hash = new SigningHash(secret);
  hash.update(data);
  return hex(await hash.digest());
}

test("a digest is SHA-256 of all parts, and can be taken again", async () => {
  const [first, second] = [randomBytes(100), randomBytes(7)];
  const hash = new SigningHash();
  hash.update(first);
  hash.update(second);
  const whole = plain(Buffer.concat([first, second]));
  assert.equal(hex(await hash.digest()), whole);
  assert.equal(hex(await hash.digest()), whole);
  hash.reset();
  assert.equal(hex(await hash.digest()), plain(""));
});

test("with a secret it is HMAC, whatever form the secret has and however many there are", async () => {
  const data = randomBytes(50);
  for (let n = 0; n < 50; n++) {
    const key = randomBytes(32);
    const text = `AWS4${key.toString("base64")}`;
    for (let again = 0; again < 2; again++) {
      assert.equal(await digestOf(data, key), keyed(key, data));
      assert.equal(await digestOf(data, text), keyed(text, data));
    }
    const view = new Uint8Array(key.buffer, key.byteOffset + 3, 20);
    assert.equal(await digestOf(data, view), keyed(view, data));
    const buffer = Uint8Array.from(key).buffer;
    assert.equal(await digestOf(data, buffer), keyed(key, data));
  }
});

test("a reset HMAC begins anew under its secret", async () => {
  const hash = new SigningHash("secret");
  hash.update(randomBytes(3));
  hash.reset();
  const data = randomBytes(9);
  hash.update(data);
  assert.equal(hex(await hash.digest()), keyed("secret", data));
});

test("an empty secret is none, as it is to the SDK", async () => {
  const data = randomBytes(9);
  assert.equal(await digestOf(data, ""), plain(data));
});

test("the SDK copies no inputs for a logger that is not there", () => {
  const client = new DynamoDBClient({ region: "us-east-1" });
  const steps = () => client.middlewareStack.identify().join("\n");
  assert.match(steps(), /logger/);
  withoutLogger(client);
  assert.doesNotMatch(steps(), /logger/);
  client.destroy();
});
