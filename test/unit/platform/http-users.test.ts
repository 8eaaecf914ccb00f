import assert from "node:assert/strict";
import { after, test } from "node:test";
import { phone } from "../core/plan/world.ts";
import { ANDROID, codeOf, pointersOf, startShop } from "./http-shop.ts";

const { created, key, manage, world } = await startShop();
after(() => world.close());

const PUSH = {
  platform: "web",
  tokens: [
    {
      kind: "webpush",
      endpoint: "https://updates.push.services.mozilla.com/wpush/v2/abc",
      keys: { p256dh: "B".repeat(87), auth: "a".repeat(22) },
    },
  ],
};

test("users: created, replaced, shown without tokens, erased", async () => {
  assert.equal((await manage("PUT /v1/users/ann", { name: "Ann", zone: "Europe/Berlin" })).status, 201);
  const again = await manage("PUT /v1/users/ann", { name: "Ann" });
  assert.equal(again.status, 200);
  assert.ok(!("zone" in again.body));
  assert.deepEqual(pointersOf(await manage("PUT /v1/users/ann", { zone: "Mars/Base", x: 1 })), [
    "/zone",
    "/x",
  ]);
  const device = await manage("PUT /v1/users/ann/devices/phone", { ...ANDROID, model: "Pixel" });
  assert.equal(device.status, 200, JSON.stringify(device.body));
  const shown = JSON.stringify((await manage("GET /v1/users/ann")).body);
  assert.ok(shown.includes('"Pixel"') && !shown.includes("t".repeat(30)));
  assert.equal((await manage("DELETE /v1/users/ann/devices/phone")).status, 204);
  assert.equal((await manage("DELETE /v1/users/ann")).status, 204);
  assert.equal((await manage("GET /v1/users/ann")).status, 404);
});

test("devices: wrong endpoints are refused, twenty are the limit, a token given twice is named", async () => {
  assert.equal((await manage("PUT /v1/users/web/devices/b", PUSH)).status, 200);
  const bad = { ...PUSH, tokens: [{ ...PUSH.tokens[0]!, endpoint: "https://127.0.0.1/x" }] };
  const refused = await manage("PUT /v1/users/web/devices/b", bad);
  assert.equal(codeOf(refused), "endpoint_refused");
  assert.deepEqual(pointersOf(refused), ["/tokens/0/endpoint"]);
  const twice = { ...ANDROID, tokens: [ANDROID.tokens[0], ANDROID.tokens[0]] };
  assert.deepEqual(pointersOf(await manage("PUT /v1/users/web/devices/c", twice)), ["/tokens/1"]);
  const many = (index: number) => ({
    platform: "android",
    tokens: [{ kind: "fcmToken", token: `m${index}`.padEnd(30, "x") }],
  });
  for (let index = 0; index < 20; index++)
    assert.equal((await manage(`PUT /v1/users/many/devices/d${index}`, many(index))).status, 200);
  assert.equal(codeOf(await manage("PUT /v1/users/many/devices/d20", many(20))), "limit_reached");
});

test("devices: names that begin with ~ are Clarion's own; one from before is shown and can be removed", async () => {
  const wrong = await manage("PUT /v1/users/odd/devices/~email", ANDROID);
  assert.deepEqual([wrong.status, pointersOf(wrong)], [400, ["/path/device"]]);
  assert.match((wrong.body as { detail?: string }).detail ?? "", /device.*must not begin with ~/);
  const lines = [{ user: "odd", device: "~email", ...ANDROID }].map((line) => JSON.stringify(line));
  const { results } = (await world.call("manage", "POST /v1/devices:bulk", { key, text: lines.join("\n") }))
    .body as { results?: { status: number; problem: { errors: { pointer: string }[] } }[] };
  assert.deepEqual(
    results?.map(({ status, problem }) => [status, problem.errors.map(({ pointer }) => pointer)]),
    [[400, ["/device"]]],
  );
  const { recipientStore } = await import("../../../functions/storage/recipients.ts");
  const recipient = { app: "shop", user: "odd", createdAtMs: 1, devices: [phone("~email")] };
  await recipientStore(world.tables.directory).save(recipient, 0);
  assert.match(JSON.stringify((await manage("GET /v1/users/odd")).body), /"~email"/);
  assert.equal((await manage("DELETE /v1/users/odd/devices/~email")).status, 204);
  assert.doesNotMatch(JSON.stringify((await manage("GET /v1/users/odd")).body), /"~email"/);
});

test("bulk: each line is answered by itself", async () => {
  const lines = [
    { user: "b1", name: "One" },
    { user: "b2", zone: "Nowhere" },
    "{not json",
    { user: "b1", name: "Uno" },
  ];
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const answer = await world.call("manage", "POST /v1/users:bulk", { key, text: `${text}\n` });
  assert.equal(answer.status, 207);
  const { totals, results } = answer.body as unknown as {
    totals: object;
    results: { status: number; problem?: { code: string; errors?: { pointer: string }[] } }[];
  };
  assert.deepEqual(totals, { done: 2, refused: 2 });
  assert.deepEqual(
    results.map(({ status }) => status),
    [201, 400, 400, 200],
  );
  assert.deepEqual(results[1]?.problem?.errors?.[0]?.pointer, "/zone");
  const stored = await manage("GET /v1/users/b1");
  assert.equal((stored.body as { name?: string }).name, "Uno");
  const devices = Array.from({ length: 1_001 }, () => "{}").join("\n");
  assert.equal((await world.call("manage", "POST /v1/devices:bulk", { key, text: devices })).status, 400);
});

/** Each line's status, or the code of its problem. */
async function bulk(route: string, lines: readonly object[]): Promise<(number | string)[]> {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const { body, status } = await world.call("manage", `POST /v1/${route}:bulk`, { key, text });
  assert.equal(status, 207, JSON.stringify(body));
  const { results } = body as unknown as { results: { status: number; problem?: { code: string } }[] };
  return results.map((result) => result.problem?.code ?? result.status);
}

test("bulk: ten lines are a request of the app's rate; lines beyond it are refused, all behind the first of them", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  await created("POST /v1/apps", { id: "slow", limits: { requestsPerS: 3 } });
  const own = await created("POST /v1/apps/slow/keys", { scopes: ["users"] });
  const text = Array.from({ length: 50 }, (_, n) => JSON.stringify({ user: `u${n}` })).join("\n");
  const slow = { key: (own.body as { key?: string }).key ?? "", text };
  const answer = await world.call("manage", "POST /v1/users:bulk", slow);
  assert.equal(answer.status, 207, JSON.stringify(answer.body));
  const { totals, results } = answer.body as unknown as {
    totals: object;
    results: { status: number; problem?: { code: string } }[];
  };
  assert.deepEqual(totals, { done: 30, refused: 20 });
  assert.ok(results.slice(0, 30).every(({ status }) => status === 201));
  assert.ok(
    results.slice(30).every(({ status, problem }) => status === 429 && problem?.code === "rate_limited"),
  );
  assert.equal((await world.call("manage", "POST /v1/users:bulk", slow)).status, 429);
  t.mock.timers.tick(1_000);
  const rest = text.split("\n").slice(30).join("\n");
  const again = await world.call("manage", "POST /v1/users:bulk", { ...slow, text: rest });
  assert.deepEqual((again.body as { totals?: object }).totals, { done: 20, refused: 0 });
});

test("bulk: a full request passes at the rate that every app has", async () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => ({ user: `full${n}` }));
  assert.deepEqual(new Set(await bulk("users", lines)), new Set([201]));
});

type Shown = { devices: { id: string; status: string; tokens: { goneReason?: string }[] }[] };
async function devicesOf(user: string): Promise<string[]> {
  const { devices = [] } = (await manage(`GET /v1/users/${user}`)).body as unknown as Partial<Shown>;
  return devices.map(({ id, status }) => `${id} ${status}`);
}
const line = (user: string, device: string, token: string) => ({
  user,
  device,
  platform: "android",
  tokens: [{ kind: "fcmToken", token: token.padEnd(30, "x") }],
});

test("bulk: of lines that name one token or one user, each comes after the one before it", async () => {
  await manage("PUT /v1/users/holder/devices/phone", { ...ANDROID, tokens: line("", "", "mine").tokens });
  const statuses = await bulk("devices", [
    line("dup1", "phone", "shared"),
    line("dup2", "phone", "shared"),
    line("dup1", "tablet", "other"),
    line("dup3", "phone", "shared"),
    line("dup2", "phone", "own"),
    line("dup3", "phone", "shared"),
    line("dup1", "watch", "mine"),
  ]);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 200]);
  assert.deepEqual(await devicesOf("dup1"), ["phone unregistered", "tablet active", "watch active"]);
  assert.deepEqual(await devicesOf("dup2"), ["phone active"]);
  assert.deepEqual(await devicesOf("dup3"), ["phone active"]);
  assert.deepEqual(await devicesOf("holder"), ["phone unregistered"]);
});

test("bulk: one person's twenty-first device is refused by its line alone", async () => {
  const devices = Array.from({ length: 22 }, (_, index) => line("many2", `d${index}`, `many2-${index}`));
  const statuses = await bulk("devices", [...devices, line("other2", "d", "other2")]);
  assert.deepEqual(statuses, [...Array(20).fill(200), "limit_reached", "limit_reached", 200]);
  assert.equal((await devicesOf("many2")).length, 20);
});

test("bulk: more people than one read holds; each new one is counted once, whatever follows", async () => {
  const { recipientStore } = await import("../../../functions/storage/recipients.ts");
  const store = recipientStore(world.tables.directory);
  const before = await store.count("shop");
  const people = Array.from({ length: 250 }, (_, index) => line(`crowd${index}`, "phone", `crowd${index}`));
  assert.ok((await bulk("devices", people)).every((status) => status === 200));
  assert.ok((await bulk("devices", people)).every((status) => status === 200));
  const profiles = people.map(({ user }) => ({ user, name: user }));
  assert.ok(
    (await bulk("users", [...profiles, { user: "crowd-new" }])).slice(0, 250).every((s) => s === 200),
  );
  assert.equal(await store.count("shop"), before + 251);
  assert.deepEqual(await devicesOf("crowd249"), ["phone active"]);
});
