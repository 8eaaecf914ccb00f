import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ReadAhead,
  readAheadDevices,
  readAheadUsers,
} from "../../../../functions/core/recipient/read-ahead.ts";
import { saveUser } from "../../../../functions/core/recipient/save-user.ts";
import { directory, input, register } from "./world.ts";

type World = ReturnType<typeof directory>;
type Line = [user: string, device: string, token: string];

const ahead = ({ ports }: World, lines: Line[]): Promise<ReadAhead> =>
  readAheadDevices(
    ports,
    "a",
    lines.map(([user, device, token]) => ({ user, device, input: input(token) })),
  );

async function registerAll(world: World, lines: Line[]): Promise<void> {
  const read = await ahead(world, lines);
  for (const [user, device, token] of lines) await register(read, user, device, input(token));
  await read.end();
}

/** Who holds which token, and each user's devices with what they hold. */
const picture = ({ rows, owners }: World) => ({
  owners: [...owners.values()].map(({ user, device }) => `${user}/${device}`).sort(),
  devices: [...rows.values()]
    .flatMap(({ recipient: { user, devices } }) =>
      devices.map(({ id, status, tokens }) => `${user}/${id} ${status} ${tokens.map(({ token }) => token)}`),
    )
    .sort(),
});

test("a whole request is read in three calls; each line then only writes", async () => {
  const world = directory();
  await register(world.ports, "old", "phone", input("moving"));
  await register(world.ports, "ann", "phone", input("kept"));
  await register(world.ports, "ann", "watch", input("given up"));
  world.reads.length = 0;
  world.calls.length = 0;
  await registerAll(world, [
    ["ann", "phone", "kept"],
    ["ann", "tablet", "new"],
    ["ann", "watch", "renewed"],
    ["bob", "phone", "moving"],
  ]);
  assert.deepEqual(world.reads, ["users ann bob", "4 owners", "users old"]);
  assert.deepEqual(world.calls, [
    "save",
    "move",
    "move",
    "moved old/phone",
    "move",
    "moved old/phone",
    "counted bob",
  ]);
});

test("lines of one request that name the same user or token end as they would one by one", async () => {
  const lines: Line[] = [
    ["ann", "phone", "one"],
    ["bob", "phone", "one"],
    ["ann", "phone", "two"],
    ["ann", "tablet", "two"],
    ["bob", "phone", "three"],
    ["cid", "phone", "one"],
    ["ann", "phone", "three"],
    ["ann", "phone", "three"],
  ];
  const [together, oneByOne] = [directory(), directory()];
  await registerAll(together, lines);
  for (const [user, device, token] of lines) await register(oneByOne.ports, user, device, input(token));
  assert.deepEqual(picture(together), picture(oneByOne));
  assert.deepEqual(picture(together).owners, ["ann/phone", "ann/tablet", "cid/phone"]);
  assert.equal(together.calls.at(-1), "counted ann bob cid", "each new user is counted once");
  assert.deepEqual(
    together.reads.filter((read) => read.startsWith("user ")),
    [],
    "what the lines before wrote is known",
  );
});

test("what changed since it was read is read again: nothing is written over", async () => {
  const world = directory();
  await register(world.ports, "ann", "phone", input("one"));
  const read = await ahead(world, [
    ["ann", "tablet", "two"],
    ["bob", "phone", "free"],
  ]);
  await register(world.ports, "ann", "watch", input("three"));
  await register(world.ports, "eve", "phone", input("free"));
  await register(read, "ann", "tablet", input("two"));
  await register(read, "bob", "phone", input("free"));
  assert.deepEqual(picture(world), {
    owners: ["ann/phone", "ann/tablet", "ann/watch", "bob/phone"],
    devices: [
      "ann/phone active one",
      "ann/tablet active two",
      "ann/watch active three",
      "bob/phone active free",
      "eve/phone unregistered ",
    ],
  });
  assert.ok(world.calls.includes("moved eve/phone"), "the holder that came in between is told of");
});

test("profiles: one read for all, the second of a user finds the first; nothing to count, no write", async () => {
  const world = directory();
  await saveUser(world.ports, "a", "ann", { name: "Ann" });
  world.reads.length = 0;
  world.calls.length = 0;
  const read = await readAheadUsers(world.ports, "a", ["ann", "bob", "bob"]);
  assert.equal((await saveUser(read, "a", "ann", { name: "Ann" })).created, false);
  assert.equal((await saveUser(read, "a", "bob", { name: "B" })).created, true);
  assert.equal((await saveUser(read, "a", "bob", { name: "Bob" })).created, false);
  await read.end();
  assert.deepEqual(world.reads, ["users ann bob"]);
  assert.deepEqual(world.calls, ["save", "save", "counted bob"]);
  world.calls.length = 0;
  await (await readAheadUsers(world.ports, "a", ["ann"])).end();
  await (await readAheadUsers(world.ports, "a", [])).end();
  assert.deepEqual(world.calls, []);
});
