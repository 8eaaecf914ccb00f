import { createClock } from "../../local/clock/virtual-clock.ts";
import { startDoor } from "../../local/door/door.ts";
import type { EncryptionKey } from "../../local/template/model.ts";
import { deployment, table } from "../unit/local/door/deployment.ts";
import { fakeConnections } from "../unit/local/door/fixture.ts";
import { startTables } from "./dynamodb-tables.ts";

const keyNamed = (keyId: string): EncryptionKey => ({
  logicalId: keyId,
  keyId,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${keyId}`,
  tags: {},
  rotates: false,
});
/** Keys of the template. */
export const [ours, theirs] = [keyNamed("ours"), keyNamed("theirs")];

export const VALUE = { keyId: "KEY1234567", privateKey: "-----BEGIN PRIVATE KEY-----" };

/** Catalog, Secrets Manager and KMS of the local AWS, which the environment points to. */
export async function startCredentialsWorld() {
  const [clock, engine] = [createClock(), await startTables()];
  const door = await startDoor({
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
  const { catalog } = engine.tables;
  return {
    door,
    catalog,
    itemOf: (app: string, name: string) => catalog.get({ pk: app, sk: `credentials#${name}` }),

    async close(): Promise<void> {
      const { dynamodbClient } = await import("../../functions/platform/clients.ts");
      const { secretsClient } = await import("../../functions/platform/own-secrets.ts");
      const { kmsClient } = await import("../../functions/platform/kms-client.ts");
      for (const client of [dynamodbClient(), secretsClient(), kmsClient()]) client.destroy();
      await door.close();
      await engine.close();
      clock.close();
    },
  };
}
