import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { createClock } from "../../../../local/clock/virtual-clock.ts";
import { createSecrets } from "../../../../local/secrets/secrets.ts";
import type { Secret } from "../../../../local/template/model.ts";
import { deployment } from "../door/deployment.ts";
import { openDoor, sdkOptions } from "../door/fixture.ts";

const admin: Secret = {
  logicalId: "Admin",
  name: "admin-key",
  arn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:admin-key-AbCdEf",
  generate: { template: '{"user":"admin"}', key: "secret", length: 40, excludePunctuation: true },
};

async function open(t: TestContext) {
  const { door, clock } = await openDoor(t, deployment({ secrets: [admin] }));
  const client = new SecretsManagerClient(sdkOptions(door));
  t.after(() => client.destroy());
  const get = (SecretId: string, more = {}) => client.send(new GetSecretValueCommand({ SecretId, ...more }));
  return { client, clock, get };
}

test("a secret of the template has its generated value, by name and by ARN", async (t) => {
  const { get, client } = await open(t);
  const byName = await get("admin-key");
  assert.equal((await get(admin.arn)).SecretString, byName.SecretString);
  const value = JSON.parse(byName.SecretString!) as { user: string; secret: string };
  assert.equal(value.user, "admin");
  assert.match(value.secret, /^[A-Za-z0-9]{40}$/);
  assert.ok(byName.CreatedDate instanceof Date);
  const { SecretList } = await client.send(new ListSecretsCommand({}));
  assert.deepEqual(
    SecretList!.map((secret) => secret.Name),
    ["admin-key"],
  );
});

test("versions move their stages, and a repeated token is the same request", async (t) => {
  const { get, client } = await open(t);
  const token = "11111111-1111-4111-8111-111111111111";
  const created = await client.send(new CreateSecretCommand({ Name: "app/apns", SecretString: "one" }));
  assert.match(created.ARN!, /:secret:app\/apns-\w{6}$/);
  await assert.rejects(client.send(new CreateSecretCommand({ Name: "app/apns", SecretString: "x" })), {
    name: "ResourceExistsException",
  });
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: "app/apns", SecretString, ClientRequestToken: token }));
  await put("two");
  await put("two");
  await assert.rejects(put("other"), { name: "ResourceExistsException" });
  assert.equal((await get("app/apns")).SecretString, "two");
  assert.equal((await get("app/apns", { VersionStage: "AWSPREVIOUS" })).SecretString, "one");
  await client.send(
    new UpdateSecretCommand({ SecretId: "app/apns", SecretBinary: new Uint8Array([1, 255]) }),
  );
  assert.deepEqual([...(await get("app/apns")).SecretBinary!], [1, 255]);
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: "app/apns" }));
  assert.deepEqual(Object.values(VersionIdsToStages!).flat().sort(), ["AWSCURRENT", "AWSPREVIOUS"]);
});

test("a deleted secret can be neither read nor created until its window is over", async (t) => {
  const { get, client, clock } = await open(t);
  const create = () => client.send(new CreateSecretCommand({ Name: "gone", SecretString: "x" }));
  await create();
  await client.send(new DeleteSecretCommand({ SecretId: "gone", RecoveryWindowInDays: 7 }));
  await assert.rejects(get("gone"), { name: "InvalidRequestException" });
  await assert.rejects(create(), { name: "InvalidRequestException" });
  await clock.advance(8 * 86_400_000);
  await assert.rejects(get("gone"), { name: "ResourceNotFoundException" });
  await create();
  await client.send(new DeleteSecretCommand({ SecretId: "gone", ForceDeleteWithoutRecovery: true }));
  await assert.rejects(get("gone"), { name: "ResourceNotFoundException" });
});

test("the generated value is kept over a restart", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-secrets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = createClock();
  t.after(() => clock.close());
  const read = () => {
    const place = { region: "us-east-1", account: "000000000000" };
    const secrets = createSecrets({ file: join(folder, "secrets.sqlite"), clock, place, secrets: [admin] });
    const { SecretString } = secrets.getSecretValue({ SecretId: "admin-key" });
    secrets.close();
    return SecretString;
  };
  assert.equal(read(), read());
});
