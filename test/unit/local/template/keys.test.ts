import assert from "node:assert/strict";
import { test } from "node:test";
import { readKeys } from "../../../../local/template/read-keys.ts";
import { createWorld } from "../../../../local/template/world.ts";

const PLACE = { region: "us-east-1", account: "000000000000", doorUrl: "http://127.0.0.1:1" };
const ROOT = { AWS: "arn:aws:iam::000000000000:root" };
const leaving = { Effect: "Allow", Action: "kms:*", Principal: ROOT, Resource: "*" };

function keysOf(properties: object) {
  const Resources = { Seal: { Type: "AWS::KMS::Key", Properties: { ...properties } } };
  return readKeys(
    createWorld({ stacks: [{ name: "S", id: "S", template: { Resources } }], codeFolders: new Map() }, PLACE),
  );
}
const policy = (...Statement: object[]) => ({ KeyPolicy: { Version: "2012-10-17", Statement } });

test("a key that leaves its rights to IAM has an id, an ARN and its tags", () => {
  const named = { logicalId: "Seal", keyId: "Seal", arn: "arn:aws:kms:us-east-1:000000000000:key/Seal" };
  const Tags = [{ Key: "team", Value: "push" }];
  assert.deepEqual(keysOf({ ...policy(leaving), EnableKeyRotation: true, Tags }), [
    { ...named, tags: { team: "push" }, rotates: true },
  ]);
  assert.deepEqual(keysOf(policy(leaving)), [{ ...named, tags: {}, rotates: false }]);
});

test("a key with rules of its own, or that signs, is refused: its rules would silently not be run", () => {
  const role = { AWS: "arn:aws:iam::000000000000:role/One" };
  const others = [
    policy({ ...leaving, Principal: role }),
    policy({ ...leaving, Action: "kms:Decrypt" }),
    policy({ ...leaving, Effect: "Deny" }),
    policy({ ...leaving, Condition: { StringEquals: { "kms:EncryptionContext:app": "shop" } } }),
    policy(leaving, { ...leaving, Principal: role }),
    {},
  ];
  for (const properties of others)
    assert.throws(() => keysOf(properties), /S\/Seal: only key policies/, JSON.stringify(properties));
  assert.throws(() => keysOf({ ...policy(leaving), KeySpec: "RSA_2048" }), /RSA_2048 are not run here/);
});
