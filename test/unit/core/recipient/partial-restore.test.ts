import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256Hex } from "../../../../functions/core/hash.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import { eraseUser } from "../../../../functions/core/recipient/erase-user.ts";
import { removeDevice } from "../../../../functions/core/recipient/remove-device.ts";
import { directory, input, register } from "./world.ts";

/** After a partial restore: bob's phone lists `lost`, of which no row is left, and `moved`, which is cid's by now. */
async function restored() {
  const world = directory();
  await register(world.ports, "bob", "phone", input("own", "lost", "moved"));
  world.owners.delete(sha256Hex("lost"));
  world.owners.set(sha256Hex("moved"), { user: "cid", device: "tablet" });
  return { ...world, left: () => [...world.owners.entries()] };
}
const CIDS = [sha256Hex("moved"), { user: "cid", device: "tablet" }];

test("after a partial restore a person is erased all the same: what is not theirs is left to who holds it", async () => {
  const { ports, rows, left } = await restored();
  const nothing = async () => undefined;
  const remove = async ({ user }: Recipient) => rows.delete(user);
  const erasing = {
    noteErased: nothing,
    refuseOlderTokens: nothing,
    eraseInbox: nothing,
    eraseConnections: nothing,
  };
  await eraseUser({ ...ports, ...erasing, remove }, "a", "bob");
  assert.equal(rows.has("bob"), false);
  assert.deepEqual(left(), [CIDS]);
});

test("after a partial restore a device is removed all the same", async () => {
  const { ports, rows, left } = await restored();
  assert.deepEqual(await removeDevice(ports, "a", { user: "bob", device: "phone" }), { removed: true });
  assert.deepEqual(rows.get("bob")?.recipient.devices, []);
  assert.deepEqual(left(), [CIDS]);
});

test("after a partial restore a device comes back with another token", async () => {
  const { ports, rows, owners, left } = await restored();
  await register(ports, "bob", "phone", input("new"));
  assert.deepEqual(
    rows.get("bob")?.recipient.devices.map(({ tokens }) => tokens.map(({ token }) => token)),
    [["new"]],
  );
  assert.deepEqual(owners.get(sha256Hex("new"))?.user, "bob");
  assert.equal(left().length, 2);
});
