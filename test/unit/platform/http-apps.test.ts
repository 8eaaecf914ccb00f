import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { after, test } from "node:test";
import type { ApiKey } from "../../../functions/core/app/app.ts";
import { sha256Hex } from "../../../functions/core/hash.ts";
import { apiKeyKey, switchKey } from "../../../functions/storage/keys.ts";
import { CLIENT_SECRET, codeOf, pointersOf, startShop } from "./http-shop.ts";
import { ADMIN_KEY } from "./http-world.ts";

const { admin, created, key, manage, world } = await startShop();
after(() => world.close());
const WEBHOOK_SECRET = `whsec_${randomBytes(32).toString("base64")}`;

test("keys: no key, a wrong one, one of another app, one without the scope, the admin's in the wrong place", async () => {
  assert.equal(codeOf(await manage("GET /v1/users/ann", undefined, "")), "unauthorized");
  const broken = await manage("GET /v1/users/ann", undefined, `${key.slice(0, -4)}AAAA`);
  assert.equal(broken.status, 401);
  assert.equal(broken.headers["Content-Type"], "application/problem+json");
  assert.equal(codeOf(await manage("GET /v1/users/ann", undefined, "nonsense")), "unauthorized");
  assert.equal(codeOf(await admin("GET /v1/users/ann")), "forbidden");
  assert.equal(codeOf(await manage("GET /v1/apps")), "forbidden");
  assert.equal(codeOf(await manage("GET /v1/apps/shop")), "forbidden");
  await created("POST /v1/apps", { id: "other" });
  const own = await created("POST /v1/apps/other/keys", { scopes: ["apps"] });
  const otherKey = (own.body as { key?: string }).key ?? "";
  assert.equal((await manage("GET /v1/apps/other", undefined, otherKey)).status, 200);
  assert.equal(codeOf(await manage("GET /v1/apps/shop", undefined, otherKey)), "not_found");
  assert.equal(codeOf(await manage("GET /v1/users/ann", undefined, otherKey)), "forbidden");
});

test("apps are listed a page at a time; a cursor of another list is none", async () => {
  const ids: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const more = cursor === undefined ? "" : `&cursor=${cursor}`;
    const { status, body } = await admin(`GET /v1/apps?limit=1${more}`);
    assert.equal(status, 200, JSON.stringify(body));
    const page = body as { apps?: { id: string }[]; cursor?: string };
    ids.push(...(page.apps ?? []).map(({ id }) => id));
    cursor = page.cursor;
    pages++;
  } while (cursor !== undefined && pages < 10);
  assert.deepEqual(ids, ["other", "shop"]);
  const all = (await admin("GET /v1/apps")).body as { apps?: object[]; cursor?: string };
  assert.deepEqual([all.apps?.length, all.cursor], [2, undefined]);
  for (const query of ["limit=0", "limit=201", "cursor=a.b"])
    assert.equal(codeOf(await admin(`GET /v1/apps?${query}`)), "invalid_request", query);
});

test("beyond fifty apps the operator is told what secrets cost; a key of one app is not told how many there are", async () => {
  const enter = (bearer?: string) =>
    manage("PUT /v1/apps/many-0/providers/webhook", { secret: WEBHOOK_SECRET }, bearer ?? ADMIN_KEY);
  const warningsOf = async (bearer?: string) => {
    const { status, body } = await enter(bearer);
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { warnings?: string[] }).warnings ?? [];
  };
  for (let n = 0; n < 48; n++) await created("POST /v1/apps", { id: `many-${n}` });
  assert.deepEqual(await warningsOf(), []);
  await created("POST /v1/apps", { id: "many-48" });
  assert.match((await warningsOf()).join(), /more than 50 apps.*`credentials: "auto"`/);
  const own = await created("POST /v1/apps/many-0/keys", { scopes: ["apps"] });
  assert.deepEqual(await warningsOf((own.body as { key?: string }).key), []);
});

test("keys: two of a name may live, revoking makes room, the secret is shown once", async () => {
  const first = await created("POST /v1/apps/other/keys", { name: "ci", scopes: ["send"] });
  await created("POST /v1/apps/other/keys", { name: "ci", scopes: ["send"] });
  assert.equal(
    codeOf(await admin("POST /v1/apps/other/keys", { name: "ci", scopes: ["send"] })),
    "limit_reached",
  );
  const { id } = first.body as { id?: string };
  assert.equal((await admin(`DELETE /v1/apps/other/keys/${id}`)).status, 204);
  assert.equal((await admin("DELETE /v1/apps/other/keys/none0000")).status, 404);
  await created("POST /v1/apps/other/keys", { name: "ci", scopes: ["send"] });
  const listed = JSON.stringify((await admin("GET /v1/apps/other/keys")).body);
  assert.ok(!listed.includes("ck_") && !listed.includes("hash"));
});

test("credentials are write-only: a summary is shown, the secret lies where dispatchers look", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const apns = { teamId: "TEAM123456", keyId: "KEY1234567", privateKey: pem, bundleId: "com.example.shop" };
  const set = await admin("PUT /v1/apps/shop/providers/apns", apns);
  assert.equal(set.status, 200, JSON.stringify(set.body));
  assert.ok(world.aws.secrets.get("clarion/mobilePush/shop/apns")?.includes("PRIVATE KEY"));
  const shown = JSON.stringify((await admin("GET /v1/apps/shop")).body);
  assert.ok(shown.includes("KEY1234567") && !shown.includes("PRIVATE"));
  const wrong = await admin("PUT /v1/apps/shop/providers/apns", {
    ...apns,
    teamId: "short",
    privateKey: "x",
  });
  assert.deepEqual(pointersOf(wrong).sort(), ["/privateKey", "/teamId"]);
  assert.equal(codeOf(await admin("PUT /v1/apps/shop/providers/pigeon", {})), "not_found");
  const pair = await admin("PUT /v1/apps/shop/providers/webpush", {
    generate: true,
    subject: "mailto:ops@shop.example",
  });
  assert.equal(pair.status, 200, JSON.stringify(pair.body));
  const { publicKey } = (pair.body as unknown as { summary: { publicKey: string } }).summary;
  assert.equal(Buffer.from(publicKey, "base64url").length, 65);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const account = {
    type: "service_account",
    project_id: "shop-1a2b3",
    client_email: "push@shop-1a2b3.iam.gserviceaccount.com",
    private_key: rsa.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  const fcm = await admin("PUT /v1/apps/shop/providers/fcm", account);
  assert.equal(fcm.status, 200, JSON.stringify(fcm.body));
  assert.equal((await admin("DELETE /v1/apps/shop/providers/apns")).status, 204);
  assert.ok(!world.aws.secrets.has("clarion/mobilePush/shop/apns"));
});

test("switches and queues", async () => {
  assert.equal((await admin("PUT /v1/apps/shop/switches/apns", { paused: true })).status, 200);
  assert.equal(codeOf(await admin("PUT /v1/apps/shop/switches/pigeon", { paused: true })), "not_found");
  const queues = await admin("GET /v1/queues");
  const body = queues.body as unknown as {
    priorities: Record<string, { waiting: number }>;
    dead: Record<string, number>;
    paused: Record<string, object>;
  };
  assert.equal(body.priorities["high"]?.waiting, 14);
  assert.equal(body.dead["mobilePush"], 2);
  assert.deepEqual(Object.keys(body.paused["shop"] ?? {}), ["apns"]);
  const resumed = await admin("PUT /v1/apps/shop/switches/apns", { paused: false });
  assert.deepEqual(resumed.body, { paused: {} });
});

test("removing an app takes its keys and credentials along", async () => {
  await created("POST /v1/apps", { id: "gone" });
  await created("POST /v1/apps/gone/keys", { scopes: ["send"] });
  await admin("PUT /v1/apps/gone/providers/jwt", { secret: CLIENT_SECRET });
  assert.equal((await admin("DELETE /v1/apps/gone")).status, 204);
  assert.ok(!world.aws.secrets.has("clarion/inApp/gone/jwt"));
  assert.equal((await admin("GET /v1/apps/gone/keys")).status, 404);
  await created("POST /v1/apps", { id: "gone" });
  assert.deepEqual((await admin("GET /v1/apps/gone/keys")).body, { keys: [] });
});

test("what outlives an app in Catalog (a request that ran while it was removed) does not open the next of its id", async () => {
  const secret = "s".repeat(43);
  const left: ApiKey = {
    ...{ app: "again", id: "0123456789abcdef", hash: sha256Hex(secret) },
    ...{ scopes: ["users", "apps"], createdAtMs: 1, name: "default" },
  };
  const { catalog } = world.tables;
  await catalog.put({ ...apiKeyKey("again", left.id), ...left });
  await catalog.put({ ...switchKey("again", "pause"), paused: { all: 1 } });
  await created("POST /v1/apps", { id: "again" });
  assert.equal(
    codeOf(await manage("GET /v1/users/ann", undefined, `ck_again.${left.id}.${secret}`)),
    "unauthorized",
  );
  assert.deepEqual((await admin("GET /v1/apps/again/keys")).body, { keys: [] });
  assert.deepEqual((await admin("GET /v1/apps/again/switches")).body, { paused: {} });
});

test("an id that is taken costs its app nothing: keys and switches stay", async () => {
  await created("POST /v1/apps", { id: "taken" });
  await created("POST /v1/apps/taken/keys", { scopes: ["send"] });
  await admin("PUT /v1/apps/taken/switches/all", { paused: true });
  assert.equal(codeOf(await admin("POST /v1/apps", { id: "taken" })), "conflict");
  const { keys } = (await admin("GET /v1/apps/taken/keys")).body as { keys?: object[] };
  assert.equal(keys?.length, 1);
  assert.ok("all" in ((await admin("GET /v1/apps/taken/switches")).body as { paused?: object }).paused!);
});
