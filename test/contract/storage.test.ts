import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sha256Hex, shardOf } from "../../functions/core/hash.ts";
import type { Appended } from "../../functions/core/inbox/inbox.ts";
import type { DeviceInput, Recipient } from "../../functions/core/recipient/device.ts";
import { eraseUser } from "../../functions/core/recipient/erase-user.ts";
import { type RegisterPorts, registerDevice } from "../../functions/core/recipient/register-device.ts";
import { removeDevice } from "../../functions/core/recipient/remove-device.ts";
import { removeToken } from "../../functions/core/recipient/remove-token.ts";
import { saveUser } from "../../functions/core/recipient/save-user.ts";
import { connectionStore } from "../../functions/storage/connections.ts";
import { erasureStore } from "../../functions/storage/erasures.ts";
import { inboxStore } from "../../functions/storage/inbox.ts";
import { tokenOwnerKey } from "../../functions/storage/keys.ts";
import { recentChanges } from "../../functions/storage/recent-changes.ts";
import { recipientStore } from "../../functions/storage/recipients.ts";
import { tokenStore } from "../../functions/storage/token-moves.ts";
import { startTables } from "./dynamodb-tables.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
let nowMs = T0;
const now = () => nowMs;

let engine: Awaited<ReturnType<typeof startTables>>;
before(async () => {
  engine = await startTables();
});
after(() => engine.close());

function ports() {
  const recipients = recipientStore(engine.tables.directory);
  const tokens = tokenStore(engine.tables.directory);
  const changes = recentChanges(engine.tables.guard);
  const erasures = erasureStore(engine.tables.guard);
  const inbox = inboxStore(engine.tables.inbox, now);
  const connections = connectionStore(engine.tables.connections, now);
  return {
    now,
    pause: (race: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, 2 ** race * 3 * Math.random())),
    get: recipients.get,
    save: recipients.save,
    remove: recipients.remove,
    counted: recipients.addToCount,
    owner: tokens.owner,
    owners: tokens.owners,
    move: tokens.move,
    noteMoved: (app: string, { user, device }: { user: string; device: string }) =>
      changes.note(app, user, device, "moved", now()),
    erasedAtMs: erasures.of,
    checkEndpoint: () => undefined,
    subscribed: async () => undefined,
    eraseInbox: inbox.erase,
    eraseConnections: async (app: string, user: string) => {
      for (const { id } of await connections.ofUser(app, user)) await connections.remove(app, user, id);
    },
  };
}

const registering = (): RegisterPorts => removing();
const removing = () => ({
  ...ports(),
  noteErased: (app: string, { user, device }: { user: string; device: string }) =>
    recentChanges(engine.tables.guard).note(app, user, device, "erased", now()),
});
const erasing = () => ({
  ...ports(),
  noteErased: (app: string, user: string) =>
    recentChanges(engine.tables.guard).note(app, user, undefined, "erased", now()),
  refuseOlderTokens: (app: string, user: string) => erasureStore(engine.tables.guard).note(app, user, now()),
});

const fcm = (token: string): DeviceInput => ({
  platform: "android",
  tokens: [{ kind: "fcmToken", token: token.padEnd(24, "x") }],
});
const hashOf = (token: string) => sha256Hex(token.padEnd(24, "x"));
const register = (app: string, user: string, device: string, input: DeviceInput) =>
  registerDevice(registering(), { app, user, device, input });
const recipientOf = async (app: string, user: string): Promise<Recipient> => {
  const stored = await recipientStore(engine.tables.directory).get(app, user);
  assert.ok(stored, `user ${user} is there`);
  return stored.recipient;
};

test("a token that is registered for somebody else moves: the old holder has lost it and jobs under way know", async () => {
  await register("move", "ann", "phone", fcm("shared"));
  nowMs += 1_000;
  const plannedAtMs = nowMs;
  await register("move", "bob", "phone-of-bob", fcm("shared"));
  const [ann, bob] = [await recipientOf("move", "ann"), await recipientOf("move", "bob")];
  assert.equal(ann.devices[0]!.status, "unregistered");
  assert.equal(ann.devices[0]!.tokens[0]!.token, "");
  assert.equal(ann.devices[0]!.tokens[0]!.goneReason, "token_moved");
  assert.equal(bob.devices[0]!.tokens[0]!.token, "shared".padEnd(24, "x"));
  const owner = await tokenStore(engine.tables.directory).owner("move", hashOf("shared"));
  assert.deepEqual([owner?.user, owner?.device], ["bob", "phone-of-bob"]);
  const changes = recentChanges(engine.tables.guard);
  const keys = changes.keys("move", plannedAtMs, nowMs);
  const items = await Promise.all(keys.map((key) => engine.tables.guard.get(key)));
  const judge = changes.judge(
    items.filter((item) => item !== undefined),
    plannedAtMs,
    { category: "marketing", channel: "mobilePush" },
  );
  assert.equal(judge("ann", "phone"), "token_moved");
  assert.equal(judge("bob", "phone-of-bob"), undefined);
});

test("an owner row says since when its user holds the token; another device of theirs changes nothing", async () => {
  const since = async () => (await tokenStore(engine.tables.directory).owner("since", hashOf("t")))?.sinceMs;
  const at = async (ms: number, user: string, device: string) => {
    nowMs = T0 + ms;
    await register("since", user, device, fcm("t"));
    return since();
  };
  assert.equal(await at(1, "ann", "phone"), T0 + 1);
  assert.equal(await at(2, "ann", "phone"), T0 + 1);
  assert.equal(await at(3, "ann", "tablet"), T0 + 1);
  assert.equal(await at(4, "bob", "phone"), T0 + 4);
  nowMs = T0;
});

test("two people who register one token at the same time: one of them has it in the end, never both", async () => {
  const users = ["u1", "u2", "u3", "u4"];
  await Promise.all(users.map((user) => register("race", user, "d", fcm("one"))));
  const all = await Promise.all(users.map((user) => recipientOf("race", user)));
  const holders = all.filter(({ devices }) =>
    devices.some(({ tokens }) => tokens.some(({ goneAtMs }) => goneAtMs === undefined)),
  );
  assert.equal(holders.length, 1);
  const owner = await tokenStore(engine.tables.directory).owner("race", hashOf("one"));
  assert.equal(owner?.user, holders[0]!.user);
});

test("a registration is not undone by an older gone, and a later gone takes the token away", async () => {
  nowMs = T0 + 10_000;
  await register("gone", "ann", "phone", fcm("tok"));
  const drop = ports();
  const gone = {
    user: "ann",
    device: "phone",
    token: "tok".padEnd(24, "x"),
    registeredAtMs: T0,
    reason: "Unregistered",
    atMs: now(),
  };
  assert.equal(await removeToken(drop, "gone", gone), false);
  assert.equal(await removeToken(drop, "gone", { ...gone, registeredAtMs: T0 + 10_000 }), true);
  assert.equal(await tokenStore(engine.tables.directory).owner("gone", hashOf("tok")), undefined);
  assert.equal((await recipientOf("gone", "ann")).devices[0]!.status, "unregistered");
  nowMs += 1_000;
  const back = await register("gone", "ann", "phone", fcm("tok"));
  assert.equal(back.status, "active");
  assert.equal(back.registeredAtMs, nowMs);
  assert.equal(back.tokens[0]!.goneAtMs, undefined);
});

test("a gone token goes, whoever holds its owner row: nobody after a partial restore, or somebody else", async () => {
  const goneAt = (user: string, token: string) => ({
    user,
    device: "phone",
    token: token.padEnd(24, "x"),
    registeredAtMs: now(),
    reason: "Unregistered",
    atMs: now(),
  });
  const { directory } = engine.tables;
  for (const [user, token] of [
    ["ann", "none"],
    ["bob", "other"],
  ] as const)
    await register("orphan", user, "phone", fcm(token));
  await directory.remove(tokenOwnerKey("orphan", hashOf("none")));
  await directory.put({ ...tokenOwnerKey("orphan", hashOf("other")), user: "cid", device: "tablet" });
  assert.equal(await removeToken(ports(), "orphan", goneAt("ann", "none")), true);
  assert.equal(await removeToken(ports(), "orphan", goneAt("bob", "other")), true);
  for (const user of ["ann", "bob"])
    assert.equal((await recipientOf("orphan", user)).devices[0]!.status, "unregistered");
  const owner = await tokenStore(directory).owner("orphan", hashOf("other"));
  assert.equal(owner?.user, "cid", "somebody else's row is not ours to remove");
});

test("removing a device and erasing a user leave no row of theirs", async () => {
  await saveUser(ports(), "erase", "ann", { name: "Ann" });
  for (let index = 0; index < 18; index++) await register("erase", "ann", `d${index}`, fcm(`e${index}`));
  await removeDevice(removing(), "erase", { user: "ann", device: "d0" });
  assert.equal(await tokenStore(engine.tables.directory).owner("erase", hashOf("e0")), undefined);
  const inbox = inboxStore(engine.tables.inbox, now);
  const message = { id: "n1", timestampMs: now(), expiresAtMs: now() + 60_000, content: {}, category: "x" };
  await inbox.append("erase", "ann", message);
  await connectionStore(engine.tables.connections, now).add({
    app: "erase",
    user: "ann",
    id: "c1",
    connectedAtMs: now(),
    lastSeenAtMs: now(),
    protocol: "1",
  });
  assert.equal(await recipientStore(engine.tables.directory).count("erase"), 1);
  await eraseUser(erasing(), "erase", "ann");
  assert.equal(await recipientStore(engine.tables.directory).get("erase", "ann"), undefined);
  assert.equal(await recipientStore(engine.tables.directory).count("erase"), 0);
  for (let index = 0; index < 18; index++)
    assert.equal(await tokenStore(engine.tables.directory).owner("erase", hashOf(`e${index}`)), undefined);
  assert.equal(await inbox.head("erase", "ann"), undefined);
  assert.deepEqual(await connectionStore(engine.tables.connections, now).ofUser("erase", "ann"), []);
  await eraseUser(erasing(), "erase", "ann");
});

test("what was read of somebody who was erased since writes over nobody of the same id", async () => {
  const store = recipientStore(engine.tables.directory);
  const { move } = tokenStore(engine.tables.directory);
  const ann = (createdAtMs: number, name: string) => ({
    app: "aba",
    user: "ann",
    createdAtMs,
    name,
    devices: [],
  });
  assert.equal(await store.save(ann(1, "old"), 0), true);
  assert.equal(await store.remove(ann(1, "old"), 1), true);
  assert.equal(await store.save(ann(2, "new"), 0), true);
  const stale = { recipient: ann(1, "old"), revision: 1 };
  assert.equal(await store.save(stale.recipient, 1), false);
  assert.equal(await move({ app: "aba", recipients: [stale], taken: [], dropped: [] }), false);
  assert.equal(await store.remove(stale.recipient, 1), false);
  assert.equal((await recipientOf("aba", "ann")).name, "new");
  assert.equal(await store.save(ann(2, "newer"), 1), true);
});

test("a shard's recipients come in pages, in order, each once", async () => {
  const users = Array.from({ length: 400 }, (_, index) => `p${index}`).filter((user) => shardOf(user) < 2);
  const store = recipientStore(engine.tables.directory);
  for (const user of users) await store.save({ app: "page", user, createdAtMs: 1, devices: [] }, 0);
  for (const shard of [0, 1]) {
    const wanted = users.filter((user) => shardOf(user) === shard).sort();
    const found: string[] = [];
    for (let last = ""; ; last = found.at(-1)!) {
      const page = await store.shardPage("page", shard, last, 1);
      if (page.length === 0) break;
      found.push(...page.map(({ user }) => user));
    }
    assert.deepEqual(found, wanted);
  }
});

test("40 messages for one inbox at once: every one is in it once, the sequence has no hole", async () => {
  const inbox = inboxStore(engine.tables.inbox, now);
  const message = (index: number) => ({
    id: `m${index}`,
    timestampMs: now(),
    expiresAtMs: now() + 60_000,
    content: {},
    category: "x",
  });
  const persist = async (index: number): Promise<Appended> => {
    try {
      return await inbox.append("many", "ann", message(index));
    } catch (error) {
      // What a worker does as well: its message comes back and the append is repeated.
      assert.match((error as Error).message, /changed eight times/);
      return persist(index);
    }
  };
  const sequences = await Promise.all(Array.from({ length: 40 }, (_, index) => persist(index)));
  assert.deepEqual(
    sequences.map(Number).sort((a, b) => a - b),
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  assert.equal(await inbox.append("many", "ann", message(3)), sequences[3]);
  assert.equal((await inbox.head("many", "ann"))?.sequence, 40);
});
