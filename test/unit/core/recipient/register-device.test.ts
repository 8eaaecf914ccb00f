import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../../functions/core/errors/app-error.ts";
import { sha256Hex } from "../../../../functions/core/hash.ts";
import type { DeviceInput } from "../../../../functions/core/recipient/device.ts";
import type { RegisterPorts } from "../../../../functions/core/recipient/register-device.ts";
import { saveUser } from "../../../../functions/core/recipient/save-user.ts";
import { directory, input, register } from "./world.ts";

test("the same registration again is one write, and says that the device lives", async () => {
  const { ports, calls, later, rows } = directory();
  await register(ports, "ann", "phone", input("one"));
  calls.length = 0;
  later();
  const device = await register(ports, "ann", "phone", input("one"));
  assert.deepEqual(calls, ["save"]);
  assert.equal(device.lastSeenAtMs, 2_000);
  assert.equal(device.tokens[0]?.registeredAtMs, 2_000);
  assert.equal(rows.get("ann")?.recipient.devices.length, 1);
});

test("the tokens given are all that a device has: others are given up", async () => {
  const { ports, owners } = directory();
  await register(ports, "ann", "phone", input("one", "two"));
  assert.equal(owners.size, 2);
  await register(ports, "ann", "phone", input("two", "three"));
  assert.equal(owners.size, 2);
  const device = await register(ports, "ann", "phone", input("three"));
  assert.deepEqual(
    device.tokens.map(({ token }) => token),
    ["three"],
  );
  assert.equal(owners.size, 1);
});

test("a token that moves is noted before and after for its old holder, within one person it is not", async () => {
  const { ports, calls, rows } = directory();
  await register(ports, "ann", "phone", input("one", "two"));
  calls.length = 0;
  await register(ports, "bob", "his", input("one"));
  assert.deepEqual(calls, ["owner", "moved ann/phone", "move", "moved ann/phone", "counted"]);
  const phone = rows.get("ann")?.recipient.devices[0];
  assert.equal(phone?.status, "active");
  assert.deepEqual(
    phone?.tokens.map(({ token, goneReason }) => [token, goneReason]),
    [
      ["", "token_moved"],
      ["two", undefined],
    ],
  );
  calls.length = 0;
  await register(ports, "ann", "tablet", input("two"));
  assert.deepEqual(calls, ["owner", "move"]);
  assert.equal(rows.get("ann")?.recipient.devices.find(({ id }) => id === "phone")?.status, "unregistered");
});

const browser = (name: string): DeviceInput => ({
  platform: "web",
  tokens: [{ kind: "webpush", endpoint: `https://push.example/${name}`, keys: { p256dh: "p", auth: "a" } }],
});

test("a browser's first subscription is told once: not a repeated, renewed or moved one, nor a phone", async () => {
  const { ports, calls } = directory();
  const told = () => calls.splice(0).filter((call) => call.startsWith("subscribed"));
  await register(ports, "ann", "firefox", browser("one"));
  assert.deepEqual(told(), ["subscribed ann/firefox"]);
  await register(ports, "ann", "firefox", browser("one"));
  await register(ports, "ann", "firefox", browser("two"));
  await register(ports, "bob", "firefox", browser("two"));
  await register(ports, "ann", "firefox", browser("three"));
  await register(ports, "ann", "phone", input("one"));
  assert.deepEqual(told(), []);
  await register(ports, "ann", "safari", browser("four"));
  assert.deepEqual(told(), ["subscribed ann/safari"]);
});

test("what is told is the end of the way: nothing while somebody else wins the race", async () => {
  const { ports, calls } = directory();
  let races = 2;
  const racing: RegisterPorts = {
    ...ports,
    move: async (move) => (races-- > 0 ? false : ports.move(move)),
  };
  await register(racing, "ann", "firefox", browser("one"));
  assert.equal(calls.filter((call) => call.startsWith("subscribed")).length, 1);
});

test("APNs tokens are hex in either case: one token has one owner", async () => {
  const { ports, owners } = directory();
  const apns = (token: string): DeviceInput => ({ platform: "ios", tokens: [{ kind: "apns", token }] });
  await register(ports, "ann", "phone", apns("ab".repeat(32)));
  await register(ports, "bob", "phone", apns("AB".repeat(32)));
  assert.deepEqual(
    [...owners.values()].map(({ user, device }) => [user, device]),
    [["bob", "phone"]],
  );
});

test("of twenty devices those without a token make room, others do not", async () => {
  const { ports, rows } = directory();
  for (let index = 0; index < 20; index++) await register(ports, "ann", `d${index}`, input(`t${index}`));
  await assert.rejects(register(ports, "ann", "d20", input("t20")), { code: "limit_reached" });
  await register(ports, "bob", "his", input("t4"));
  await register(ports, "ann", "d20", input("t20"));
  const ids = rows.get("ann")?.recipient.devices.map(({ id }) => id) ?? [];
  assert.equal(ids.length, 20);
  assert.ok(ids.includes("d20") && !ids.includes("d4"));
});

/** Somebody with twenty devices, d0 to d19 with t0 to t19, seen in this order; the named ones have become inactive. */
async function twenty(...inactive: string[]) {
  const world = directory();
  for (let index = 0; index < 20; index++) {
    await register(world.ports, "ann", `d${index}`, input(`t${index}`, `u${index}`));
    world.later();
  }
  const { recipient, revision } = world.rows.get("ann")!;
  const devices = recipient.devices
    .map((device) => (inactive.includes(device.id) ? { ...device, status: "inactive" as const } : device))
    .toReversed();
  world.rows.set("ann", { recipient: { ...recipient, devices }, revision });
  world.calls.length = 0;
  const ids = () => world.rows.get("ann")!.recipient.devices.map(({ id }) => id);
  const owned = (token: string) => world.owners.get(sha256Hex(token));
  return { ...world, ids, owned };
}

test("without an unregistered one, the inactive device that was seen longest ago makes room, tokens and all", async () => {
  const { ports, calls, owners, ids, owned } = await twenty("d3", "d2", "d7");
  await register(ports, "ann", "d20", input("t20"));
  assert.deepEqual(calls, ["owner", "owner", "owner", "erased ann/d2", "move", "erased ann/d2"]);
  assert.ok(ids().length === 20 && ids().includes("d20") && !ids().includes("d2"));
  assert.deepEqual([owned("t2"), owned("u2"), owners.size], [undefined, undefined, 39]);
  await register(ports, "bob", "his", input("t2"));
  assert.ok(!ids().includes("d2"));
  await register(ports, "ann", "d21", input("t21"));
  await register(ports, "ann", "d22", input("t22"));
  assert.ok(!ids().includes("d3") && !ids().includes("d7"));
  await assert.rejects(register(ports, "ann", "d23", input("t23")), { code: "limit_reached" });
});

test("an unregistered device makes room before an inactive one; one that comes back needs no room", async () => {
  const { ports, calls, ids } = await twenty("d2");
  await register(ports, "bob", "his", input("t4", "u4"));
  await register(ports, "ann", "d20", input("t20"));
  assert.ok(ids().includes("d2") && !ids().includes("d4"));
  calls.length = 0;
  await register(ports, "ann", "d2", input("t2", "u2"));
  assert.deepEqual(calls, ["save"]);
  await assert.rejects(register(ports, "ann", "d21", input("t21")), { code: "limit_reached" });
});

test("of the device that makes room a token may be the new device's: the others are given up", async () => {
  const { ports, ids, owned } = await twenty("d2");
  await register(ports, "ann", "d20", input("t2"));
  assert.ok(!ids().includes("d2"));
  assert.deepEqual([owned("t2")?.device, owned("u2")], ["d20", undefined]);
});

test("a token that the device making room lists, and another holds, is written once", async () => {
  const { ports, owners, ids, owned } = await twenty("d2");
  owners.set(sha256Hex("t2"), { user: "ann", device: "d9" });
  let moves: string[] = [];
  const watched: RegisterPorts = {
    ...ports,
    move: async (move) => {
      moves = [...move.taken, ...move.dropped].map(({ hash }) => hash);
      return ports.move(move);
    },
  };
  await register(watched, "ann", "d20", input("t2"));
  assert.deepEqual(moves, [sha256Hex("t2"), sha256Hex("u2")]);
  assert.ok(!ids().includes("d2"));
  assert.deepEqual(owned("t2"), { user: "ann", device: "d20" });
});

test("after a partial restore a device makes room all the same: what is not its own is left to who holds it", async () => {
  const { ports, owners, ids, owned } = await twenty("d2");
  owners.delete(sha256Hex("t2"));
  owners.set(sha256Hex("u2"), { user: "bob", device: "his" });
  await register(ports, "ann", "d20", input("t20"));
  assert.ok(ids().includes("d20") && !ids().includes("d2"));
  assert.deepEqual([owned("t2"), owned("u2")], [undefined, { user: "bob", device: "his" }]);
});

test("a race is run again; eight lost races are a conflict", async () => {
  const { ports } = directory();
  let lost = 3;
  const racing: RegisterPorts = { ...ports, move: async (move) => (lost-- > 0 ? false : ports.move(move)) };
  assert.equal((await register(racing, "ann", "phone", input("one"))).status, "active");
  await assert.rejects(register({ ...ports, move: async () => false }, "bob", "x", input("two")), {
    code: "conflict",
  });
});

test("a refused endpoint writes nothing", async () => {
  const { ports, calls } = directory();
  const refusing: RegisterPorts = {
    ...ports,
    checkEndpoint: (_url, pointer) => {
      throw new AppError("endpoint_refused", pointer);
    },
  };
  const push: DeviceInput = {
    platform: "web",
    tokens: [{ kind: "webpush", endpoint: "https://x/", keys: { p256dh: "p", auth: "a" } }],
  };
  await assert.rejects(register(refusing, "ann", "b", push), { code: "endpoint_refused" });
  assert.deepEqual(calls, []);
});

test("a profile that is saved again unchanged costs no write; devices stay when it is replaced", async () => {
  const { ports, calls } = directory();
  await register(ports, "ann", "phone", input("one"));
  await saveUser(ports, "a", "ann", { name: "Ann", attributes: { b: 1, a: "x" } });
  calls.length = 0;
  const again = await saveUser(ports, "a", "ann", { attributes: { a: "x", b: 1 }, name: "Ann" });
  assert.deepEqual(calls, []);
  assert.equal(again.created, false);
  const replaced = await saveUser(ports, "a", "ann", {});
  assert.equal(replaced.recipient.name, undefined);
  assert.equal(replaced.recipient.devices.length, 1);
  const big = {
    attributes: Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, "x".repeat(250)])),
  };
  await assert.rejects(saveUser(ports, "a", "ann", big), { code: "limit_reached" });
});
