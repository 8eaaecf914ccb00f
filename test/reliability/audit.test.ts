import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, startWorld, tableNamed, type World } from "../e2e/harness.ts";
import { audit } from "./audit.ts";
import { type Campaign, prepare } from "./campaign.ts";

/** An audit that finds nothing proves nothing until it has found what was planted. */

let world: World;
let campaign: Campaign;
before(async () => {
  world = await startWorld();
  campaign = await prepare(world, "audited");
});
after(() => world.close());

async function sentOne(id: string): Promise<string> {
  const to = { users: ["r0", "r1"] };
  await campaign.app.api.ok("POST", "/v1/notifications", {
    id,
    to,
    channels: ["mobilePush"],
    content: { title: id },
  });
  await ended(campaign.app, id);
  return id;
}

/** Changes a job's ledger behind everybody's back. */
async function tamper(id: string, update: string, values: object, names: object): Promise<void> {
  const { door } = world.runtime;
  const call = (operation: string, input: object) =>
    door.call({ kind: "admin" }, "dynamodb", operation, input);
  const TableName = tableNamed(world, "Delivery");
  const pk = { S: `${campaign.app.id}#n#${id}#0` };
  const { Items } = (await call("Query", {
    TableName,
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :job)",
    ExpressionAttributeValues: { ":pk": pk, ":job": { S: "job#" } },
  })) as { Items: { sk: object }[] };
  await call("UpdateItem", {
    TableName,
    Key: { pk, sk: Items[0]!.sk },
    UpdateExpression: update,
    ExpressionAttributeValues: values,
    ExpressionAttributeNames: names,
  });
}

const judged = (id: string) => audit(world, campaign.app.id, [id], { extra: 0 });

test("an honest world passes", async () => {
  const { targets, marks } = await judged(await sentOne("honest"));
  assert.deepEqual([targets, marks], [2, { accepted: 2 }]);
});

test("accepted, and the provider knows nothing of it", async () => {
  const before = world.fakes.apns.received.length;
  const id = await sentOne("forgotten");
  world.fakes.apns.received.splice(before, 1);
  await assert.rejects(judged(id), /I2 .*called accepted, never received/);
});

test("received by the provider, and called rejected", async () => {
  const id = await sentOne("denied");
  await tamper(id, "SET #m = :m", { ":m": { B: Buffer.of(0x33).toString("base64") } }, { "#m": "m" });
  await assert.rejects(judged(id), /I2 .*received, and called rejected/);
});

test("a ledger that somebody left leased", async () => {
  const id = await sentOne("left");
  await tamper(id, "SET #s = :s", { ":s": { S: "leased" } }, { "#s": "s" });
  await assert.rejects(judged(id), /I1 .*left leased/);
});

test("sent twice without a reason", async () => {
  const before = world.fakes.apns.received.length;
  const id = await sentOne("twice");
  world.fakes.apns.received.push(world.fakes.apns.received[before]!);
  await assert.rejects(judged(id), /I3: 1 requests too many/);
});
