import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { putRows, type Row, rowsOf } from "../compatibility/kept-state.ts";
import {
  atApns,
  ended,
  hexToken,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  tableNamed,
  type World,
} from "./harness.ts";

/** Directory lost and put back from a backup: what people did since is made good by their apps and providers. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "restored");
});
after(() => world.close());

async function dropAll(rows: readonly Row[]): Promise<void> {
  for (const { pk, sk } of rows) {
    const input = { TableName: tableNamed(world, "Directory"), Key: { pk, sk } };
    await world.runtime.door.call({ kind: "admin" }, "dynamodb", "DeleteItem", input);
  }
}

const broadcast = async (title: string) => {
  const request = { to: { everyone: true }, channels: ["mobilePush"] };
  const sent = await notify(app, title, request);
  const status = await ended(app, sent["id"]);
  const tokens = atApns(world, `"${title}"`).map(({ token }) => token);
  return { status, tokens: tokens.sort() };
};

test("a restored Directory reaches whom it knew; moved and dead tokens find their way again", async () => {
  for (const user of ["ann", "bob", "cid", "dan"]) await person(app, user, { phone: iphone(user) });
  const backup = await rowsOf(world, "Directory");

  // Since the backup: bob's phone is cid's now, dan has gone, dead tokens were removed, eve is new.
  await app.api.ok("PUT", "/v1/users/cid/devices/second", iphone("bob"));
  assert.equal((await app.api.call("DELETE", "/v1/users/dan")).status, 204);
  await person(app, "eve", { phone: iphone("eve") });
  assert.deepEqual((await broadcast("before")).tokens, ["ann", "bob", "cid", "eve"].map(hexToken).sort());
  await dropAll(await rowsOf(world, "Directory"));
  assert.deepEqual((await broadcast("nobody")).tokens, []);

  // What was changed a moment ago is left out of jobs, whatever Directory says: a restore takes longer than that.
  await world.advance(60_000);
  await putRows(world, "Directory", backup);
  const restored = await broadcast("restored");
  assert.deepEqual(restored.tokens, ["ann", "bob", "cid", "dan"].map(hexToken).sort());

  // Each app registers at its next start; who was erased is erased again from one's own record.
  await app.api.ok("PUT", "/v1/users/cid/devices/second", iphone("bob"));
  await person(app, "eve", { phone: iphone("eve") });
  assert.equal((await app.api.call("DELETE", "/v1/users/dan")).status, 204);
  world.fakes.faults.set({ provider: "apns", token: hexToken("ann"), status: 410, reason: "Unregistered" });
  await broadcast("finding out");
  const ann = await app.api.ok("GET", "/v1/users/ann");
  assert.match(JSON.stringify(ann), /unregistered/);
  assert.deepEqual((await broadcast("settled")).tokens, ["bob", "cid", "eve"].map(hexToken).sort());
  const bob = await app.api.ok("GET", "/v1/users/bob");
  assert.doesNotMatch(JSON.stringify(bob), /"active"/);
});
