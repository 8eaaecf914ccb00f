import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { accountRate } from "../../functions/providers/sns/account-rate.ts";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";

/** AWS's own client against the local service. */
const reader = role("Reader", [statement("Read#0", ["servicequotas:ListServiceQuotas"], ["*"])]);
const stranger = role("Stranger", [statement("Text#0", ["sns:Publish"], ["*"])]);

test("the account's rates are read from a list of pages, and again after five minutes", async (t) => {
  const { door } = await openDoor(t, deployment({ roles: [reader] }));
  const client = new ServiceQuotasClient(sdkOptions(door, door.credentialsFor(reader.arn)));
  t.after(() => client.destroy());
  let nowMs = 0;
  const rate = accountRate(client, () => nowMs);
  assert.deepEqual(await rate(), { transactional: 20, promotional: 20 });
  door.sns.messagesPerS.transactional = 100;
  nowMs = 299_000;
  assert.deepEqual(await rate(), { transactional: 20, promotional: 20 });
  nowMs = 301_000;
  assert.deepEqual(await rate(), { transactional: 100, promotional: 20 });
});

test("without the right to read them nothing is known, and nothing fails", async (t) => {
  const { door } = await openDoor(t, deployment({ roles: [stranger] }));
  const client = new ServiceQuotasClient(sdkOptions(door, door.credentialsFor(stranger.arn)));
  t.after(() => client.destroy());
  assert.equal(await accountRate(client, Date.now)(), undefined);
});
