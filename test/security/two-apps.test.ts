import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { OPERATIONS } from "../../api/document.ts";
import type { Operation } from "../../functions/core/api/operation.ts";
import { dynamodbClient } from "../../functions/platform/clients.ts";
import { fromAttributes, type Item } from "../../functions/storage/table.ts";
import { ADMIN_KEY, startHttpWorld } from "../unit/platform/http-world.ts";
import { type HttpApp, type HttpWorld, makeHttpApp } from "./http-app.ts";

/** Every operation, by the wrong key, the wrong scope, the wrong kind of credential, with another app's ids. */
let world: HttpWorld;
let ours: HttpApp;
let theirs: HttpApp;

before(async () => {
  world = await startHttpWorld();
  ours = await makeHttpApp(world, "ours");
  theirs = await makeHttpApp(world, "theirs");
});
after(() => world.close());

const DEVICE = { platform: "android", tokens: [{ kind: "fcmToken", token: "n".repeat(40) }] };

/** A body that each operation takes: what is refused must not be refused for that. */
const BODIES: Record<string, () => unknown> = {
  sendNotification: () => ({ to: { users: [theirs.ids["user"]] }, content: { title: "t" } }),
  sendNotifications: () => ({
    notifications: [{ to: { users: [theirs.ids["user"]] }, content: { title: "t" } }],
  }),
  changeNotification: () => ({ content: { title: "ours now" } }),
  subscribeTopic: () => ({ topic: "news", users: [theirs.ids["user"]] }),
  unsubscribeTopic: () => ({ topic: "news", users: [theirs.ids["user"]] }),
  createApnsChannel: () => ({ storage: "none" }),
  saveUser: () => ({ name: "ours now" }),
  setPreferences: () => ({ channels: { sms: false } }),
  saveUsers: () => ({ user: theirs.ids["user"], name: "ours now" }),
  registerDevice: () => DEVICE,
  registerOwnDevice: () => DEVICE,
  registerDevices: () => ({ user: theirs.ids["user"], device: theirs.ids["device"], ...DEVICE }),
  createApp: () => ({ id: theirs.id }),
  changeApp: () => ({ disabled: true }),
  issueKey: () => ({ scopes: ["send"] }),
  setSwitch: () => ({ paused: true }),
  redriveDeadLetters: () => ({}),
  tellReceipt: () => ({ notification: theirs.ids["notification"], event: "read" }),
  setClientAuth: () => ({ kind: "hs256" }),
  setProvider: () => ({ generate: true, subject: "mailto:b@example.com" }),
};

const needsKey = OPERATIONS.filter(({ access }) => "key" in access || "admin" in access);
const ofUsers = OPERATIONS.filter(({ access }) => "user" in access);

/** One call with all ids and the body of the other app. */
function callWith({ id, fn, method, path, body }: Operation, key: string) {
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => theirs.ids[name] ?? "none");
  assert.equal(body !== undefined, id in BODIES, `${id}: a body for it belongs into this test`);
  return world.call(fn, `${method} ${target}`, { key, ...(body && { body: BODIES[id]!() }) });
}

/** Every row of every table that names the other app. */
async function theirRows(): Promise<Item[]> {
  const rows: Item[] = [];
  for (const name of Object.keys(world.tables)) {
    const { Items = [] } = await dynamodbClient().send(new ScanCommand({ TableName: name }));
    rows.push(...Items.map(fromAttributes));
  }
  const place = ({ pk, sk }: Item) => `${pk} ${sk}`;
  return rows
    .filter((row) => /(^|#| )theirs(#| |$)/.test(place(row)) && !place(row).startsWith("rate#"))
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** The other app's rows and secrets stand as they stood; what is counted per second aside. */
async function unchanged(run: () => Promise<void>): Promise<void> {
  const before = [await theirRows(), [...world.aws.secrets]];
  assert.ok(before[0]!.length > 8, "the other app has rows");
  await run();
  assert.deepEqual([await theirRows(), [...world.aws.secrets]], before);
}

/** Users and devices have their names inside an app: the other's names are free in ours. */
const IN_OUR_OWN_NAMES = [
  ...["sendNotification", "sendNotifications", "saveUser", "saveUsers", "setPreferences"],
  ...["registerDevice", "registerDevices", "eraseUser", "removeDevice"],
  ...["listNotifications", "getQueues", "subscribeTopic", "unsubscribeTopic"],
];

/** They name nobody's: our own app has no key of Apple's. */
const OF_OUR_OWN_PROVIDERS = ["createApnsChannel", "listApnsChannels", "removeApnsChannel"];

/** What a call with a foreign id may answer. */
function answersTo({ id, access }: Operation): number[] {
  if ("admin" in access) return [403];
  if (OF_OUR_OWN_PROVIDERS.includes(id)) return [400, 409];
  return IN_OUR_OWN_NAMES.includes(id) ? [200, 201, 202, 204, 207, 404] : [404];
}

test("a foreign id is not found, and nothing of the other app changes", async () => {
  await unchanged(async () => {
    // Readers first: a writer may make something of the same name in our own app. A filter names nothing in its path.
    const readers = needsKey.filter(({ method }) => method === "GET");
    const writers = needsKey.filter(({ method, id }) => method !== "GET" && id !== "cancelNotifications");
    for (const operation of [...readers, ...writers]) {
      const { status, body } = await callWith(operation, ours.key);
      assert.ok(answersTo(operation).includes(status), `${operation.id}: ${status} ${JSON.stringify(body)}`);
      assert.ok(!JSON.stringify(body).includes("Somebody"), `${operation.id} tells their user's name`);
    }
    const all = "DELETE /v1/notifications?category=transactional";
    assert.equal((await world.call("manage", all, { key: ours.key })).status, 200);
  });
});

test("without the scope nothing opens; an app's key is no admin key, and the admin key reads nobody's mail", async () => {
  await unchanged(async () => {
    for (const operation of needsKey) {
      const { id, access } = operation;
      const scope = "key" in access ? access.key : "none";
      const key = "key" in access ? theirs.keyWithout[access.key]! : theirs.key;
      assert.equal((await callWith(operation, key)).status, 403, `${id} without ${scope}`);
      if (scope === "none" || scope === "apps") continue;
      const byAdmin = (await callWith(operation, ADMIN_KEY)).status;
      assert.ok([401, 403].includes(byAdmin), `${id} by the admin: ${byAdmin}`);
    }
  });
});

test("a client token opens no service route, a key no client route; nothing and nonsense open neither", async () => {
  const stale = `ck_${theirs.id}.${theirs.keyId}.${"x".repeat(43)}`;
  const swapped = theirs.key.replace("ck_theirs", "ck_ours");
  const cut = theirs.key.slice(0, -1);
  await unchanged(async () => {
    for (const operation of needsKey)
      for (const key of [theirs.token("theirs-user"), "", "nonsense", stale, swapped, cut, `${ADMIN_KEY}x`])
        assert.equal((await callWith(operation, key)).status, 401, `${operation.id} ${key.slice(0, 12)}`);
    for (const operation of ofUsers)
      for (const key of [theirs.key, ADMIN_KEY, ""])
        assert.equal((await callWith(operation, key)).status, 401, operation.id);
  });
});

test("an end user reaches nothing but their own, whatever app the query names", async () => {
  const token = ours.token(theirs.ids["user"]!);
  await unchanged(async () => {
    for (const operation of ofUsers) {
      const { status } = await callWith(operation, token);
      // The other app's notification is none of this one's.
      assert.ok(operation.id === "tellReceipt" ? status === 404 : status < 300, `${operation.id}: ${status}`);
    }
    const named = await world.call("client", "POST /v1/client/tickets?app=theirs", { key: token, body: {} });
    assert.equal(named.status, 403);
  });
});

test("cursors: forged, foreign, cut, stretched and of another query are refused", async () => {
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  for (let n = 0; n < 3; n++)
    for (const { key } of [ours, theirs]) {
      const body = { to: { users: ["x"] }, sendAt, content: { title: "t" } };
      assert.equal((await world.call("send", "POST /v1/notifications", { key, body })).status, 202);
    }
  const list = (query: string, key: string) =>
    world.call("manage", `GET /v1/notifications?${query}`, { key });
  const nextOf = async ({ key }: HttpApp) => {
    const { body } = await list("limit=1&state=scheduled", key);
    return (body as unknown as { cursor: string }).cursor;
  };
  const [mine, foreign] = [await nextOf(ours), await nextOf(theirs)];
  assert.ok(mine && foreign && mine !== foreign, "both have a second page");
  const withCursor = (cursor: string, query = "limit=1&state=scheduled") =>
    list(`${query}&cursor=${encodeURIComponent(cursor)}`, ours.key);
  assert.equal((await withCursor(mine)).status, 200);
  const [payload = "", sign = ""] = mine.split(".");
  const place = Buffer.from(payload, "base64url").toString();
  const moved = Buffer.from(place.replaceAll("ours", "theirs")).toString("base64url");
  const forged = [
    ...[foreign, "x", ".", "..", payload, `.${sign}`, `${payload}.`, `${payload}.${sign.slice(0, -2)}`],
    ...[`${payload}.${sign}AAAA`, `${payload}.${"A".repeat(22)}`, `${moved}.${sign}x`, `x${payload}.${sign}`],
    ...[`${foreign.split(".")[0]}.${sign}`, `${payload}.${foreign.split(".")[1]}`, "A".repeat(2_048)],
    ...[Buffer.from("null").toString("base64url"), "\u0000", "é.é"],
  ];
  for (const cursor of forged) assert.equal((await withCursor(cursor)).status, 400, cursor.slice(0, 60));
  assert.equal((await withCursor(mine, "limit=1&state=completed")).status, 400, "of another query");
});
