import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { apiClient } from "../../local/demo/api-client.ts";
import { ended, iphone, makeApp, notify, person, startWorld, type TestApp, type World } from "./harness.ts";

/** What operators and end users do beside sending. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "managed");
  await person(app, "cora");
});
after(() => world.close());

const post = (title: string, change: object = {}) =>
  notify(app, title, { to: { users: ["cora"] }, channels: ["inApp"], ...change });

test("operators: lists, cursors, cancel by filter, queues, credentials replaced and removed, people erased", async () => {
  for (let n = 0; n < 3; n++)
    await post(`listed-${n}`, {
      sendAt: new Date(world.runtime.clock.now() + 3_600_000).toISOString(),
      category: "system",
      priority: "low",
    });
  const page = (await app.api.ok("GET", "/v1/notifications?limit=2")) as {
    notifications: unknown[];
    nextCursor?: string;
    cursor?: string;
  };
  assert.equal(page.notifications.length, 2);
  const cancelled = await app.api.ok("DELETE", "/v1/notifications?category=system&state=scheduled");
  assert.match(JSON.stringify(cancelled), /3/);
  assert.match(JSON.stringify(await world.admin.ok("GET", "/v1/queues")), /high/);
  await person(app, "erased", { phone: iphone("erased") });
  await ended(app, (await post("for the erased", { to: { users: ["erased"] } }))["id"]);
  const socket = await app.connect("erased");
  assert.equal((await app.api.call("DELETE", "/v1/users/erased")).status, 204);
  socket.close();
  assert.equal((await app.api.call("GET", "/v1/users/erased")).status, 404);
  const provider = `/v1/apps/${app.id}/providers/jwt`;
  await world.admin.ok("PUT", provider, { secret: randomBytes(32).toString("hex") });
  await world.admin.ok("DELETE", provider);
  await app.api.ok("PUT", "/v1/users/cora/devices/spare", iphone("spare"));
  assert.equal((await app.api.call("DELETE", "/v1/users/cora/devices/spare")).status, 204);
  const key = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, { name: "doomed", scopes: ["read"] });
  await world.admin.ok("DELETE", `/v1/apps/${app.id}/keys/${key["id"]}`);
  const doomed = await makeApp(world, "doomed");
  await world.admin.ok("DELETE", `/v1/apps/${doomed.id}`);
});

test("credentials that their provider refuses are not stored, unless they are asked to be", async () => {
  const lost = await makeApp(world, "lost");
  const [path, jpush] = [
    `/v1/apps/${lost.id}/providers/jpush`,
    { appKey: "a".repeat(24), masterSecret: "m".repeat(24) },
  ];
  const refused = await world.admin.call("PUT", path, jpush);
  assert.equal(refused.status, 422);
  assert.match(JSON.stringify(refused.body), /jpush refuses these credentials: 1004; \?dryRun=false/);
  const providers = async () => (await lost.api.ok("GET", `/v1/apps/${lost.id}`))["providers"] as object;
  assert.equal("jpush" in (await providers()), false);
  await world.admin.ok("PUT", `${path}?dryRun=false`, jpush);
  assert.equal("jpush" in (await providers()), true);
});

test("end users register their own devices; health, document and public key are open", async () => {
  const users = await makeApp(world, "people");
  const ann = apiClient(world.runtime.apiUrl, users.token("ann"));
  await ann.ok("PUT", "/v1/client/devices/mine", iphone("mine-ann"));
  assert.equal((await ann.call("DELETE", "/v1/client/devices/mine")).status, 204);
  // A token says the second: of the erasure's own it may be a later one.
  await world.advance(1_000);
  assert.equal((await users.api.call("DELETE", "/v1/users/ann")).status, 204);
  assert.equal((await ann.call("PUT", "/v1/client/devices/mine", iphone("mine-ann"))).status, 401);
  const open = apiClient(world.runtime.apiUrl);
  assert.match(JSON.stringify(await open.ok("GET", "/health")), /version/);
  assert.equal((await open.ok("GET", "/openapi.json"))["openapi"], "3.1.0");
  assert.ok((await open.ok("GET", `/v1/public/apps/${users.id}/vapid-key`))["publicKey"]);
  assert.equal((await open.call("GET", "/v1/public/apps/unknown/vapid-key")).status, 404);
});

test("a signed key works on the management side too", async () => {
  const made = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, {
    name: "signed",
    scopes: ["users"],
    signed: true,
  });
  const secret = String(made["key"]).split(".").at(-1)!;
  const timestamp = String(Math.floor(world.runtime.clock.now() / 1000));
  const nonce = randomBytes(16).toString("hex");
  const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const signature = createHmac("sha256", secret)
    .update(["GET", "/v1/users/cora", timestamp, nonce, emptyHash].join("\n"))
    .digest("hex");
  const headers = { "clarion-timestamp": timestamp, "clarion-nonce": nonce, "clarion-signature": signature };
  const client = apiClient(world.runtime.apiUrl, String(made["key"]));
  const once = await client.call("GET", "/v1/users/cora", undefined, headers);
  assert.equal(once.status, 200, JSON.stringify(once.body));
  assert.equal((await client.call("GET", "/v1/users/cora", undefined, headers)).status, 401);
});
