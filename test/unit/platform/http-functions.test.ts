import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { SignJWT } from "jose";
import { ADMIN_KEY, type Answer, startHttpWorld } from "./http-world.ts";

let world: Awaited<ReturnType<typeof startHttpWorld>>;
let key = "";
const SECRET = "a-secret-of-thirty-two-characters!!";

before(async () => {
  world = await startHttpWorld();
  await created("POST /v1/apps", { id: "shop", origins: ["https://shop.example"] });
  const answer = await created("POST /v1/apps/shop/keys", { scopes: ["send", "read", "users"] });
  key = (answer.body as { key?: string }).key ?? "";
});
after(() => world.close());

const manage = (route: string, body?: unknown, bearer = key): Promise<Answer> =>
  world.call("manage", route, { key: bearer, ...(body !== undefined && { body }) });
const admin = (route: string, body?: unknown) => manage(route, body, ADMIN_KEY);
async function created(route: string, body: unknown): Promise<Answer> {
  const answer = await admin(route, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer;
}
const codeOf = ({ body }: Answer) => (body as { code?: string }).code;
const pointersOf = ({ body }: Answer) =>
  ((body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer);

const FCM = { platform: "android", tokens: [{ kind: "fcmToken", token: "t".repeat(30) }] };
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

test("users: created, replaced, shown without tokens, erased", async () => {
  assert.equal((await manage("PUT /v1/users/ann", { name: "Ann", zone: "Europe/Berlin" })).status, 201);
  const again = await manage("PUT /v1/users/ann", { name: "Ann" });
  assert.equal(again.status, 200);
  assert.ok(!("zone" in again.body));
  assert.deepEqual(pointersOf(await manage("PUT /v1/users/ann", { zone: "Mars/Base", x: 1 })), [
    "/zone",
    "/x",
  ]);
  const device = await manage("PUT /v1/users/ann/devices/phone", { ...FCM, model: "Pixel" });
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
  const twice = { ...FCM, tokens: [FCM.tokens[0], FCM.tokens[0]] };
  assert.deepEqual(pointersOf(await manage("PUT /v1/users/web/devices/c", twice)), ["/tokens/1"]);
  const many = (index: number) => ({
    platform: "android",
    tokens: [{ kind: "fcmToken", token: `m${index}`.padEnd(30, "x") }],
  });
  for (let index = 0; index < 20; index++)
    assert.equal((await manage(`PUT /v1/users/many/devices/d${index}`, many(index))).status, 200);
  assert.equal(codeOf(await manage("PUT /v1/users/many/devices/d20", many(20))), "limit_reached");
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
  assert.equal(body.priorities["high"]?.waiting, 8);
  assert.equal(body.dead["mobilePush"], 2);
  assert.deepEqual(Object.keys(body.paused["shop"] ?? {}), ["apns"]);
  const resumed = await admin("PUT /v1/apps/shop/switches/apns", { paused: false });
  assert.deepEqual(resumed.body, { paused: {} });
});

test("notifications: listed with a signed cursor, changed, cancelled, explained", async () => {
  const inTwoHours = new Date(Date.now() + 7_200_000).toISOString();
  await manage("PUT /v1/users/eva", {});
  for (const id of ["n1", "n2", "n3"]) {
    const sent = await world.call("send", "POST /v1/notifications", {
      key,
      body: { id, to: { users: ["eva"] }, content: { title: "Hi" }, sendAt: inTwoHours },
    });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
  }
  type List = { notifications: { id: string }[]; cursor?: string };
  const first = (await manage("GET /v1/notifications?limit=2")).body as unknown as List;
  assert.equal(first.notifications.length, 2);
  const cursor = first.cursor ?? "";
  const second = (await manage(`GET /v1/notifications?limit=2&cursor=${cursor}`)).body as unknown as List;
  assert.deepEqual(
    [...first.notifications, ...second.notifications].map(({ id }) => id),
    ["n3", "n2", "n1"],
  );
  for (const query of [
    `cursor=${cursor}&state=scheduled`,
    `cursor=x${cursor}`,
    "cursor=a.b",
    "limit=0",
    "state=odd",
  ])
    assert.equal(codeOf(await manage(`GET /v1/notifications?${query}`)), "invalid_request", query);
  const sooner = new Date(Date.now() + 60_000).toISOString();
  const changed = await manage("PATCH /v1/notifications/n1", { sendAt: sooner, content: { title: "Soon" } });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal((changed.body as { revision?: number }).revision, 2);
  const messages = world.aws.calls.filter(({ action }) => action === "SendMessageBatch");
  assert.match(JSON.stringify(messages.at(-1)?.input), /\\"revision\\":2.*DelaySeconds":(59|60)/);
  assert.equal(
    codeOf(await manage("PATCH /v1/notifications/n1", { sendAt: "2020-01-01T00:00:00Z" })),
    "time_in_past",
  );
  assert.equal(codeOf(await manage("PATCH /v1/notifications/n1", {})), "invalid_request");
  const why = await manage("GET /v1/notifications/n1/recipients/eva");
  assert.match(
    (why.body as { sentence?: string }).sentence ?? "",
    /^eva has not got it yet: it is scheduled for/,
  );
  assert.equal(Object.keys(why.body)[0], "sentence");
  const cancelled = await manage("DELETE /v1/notifications/n1");
  assert.deepEqual(cancelled.body, { id: "n1", state: "cancelled", accepted: 0, stopped: 0, undecided: 1 });
  assert.equal((await manage("DELETE /v1/notifications/n1")).status, 200);
  assert.equal(codeOf(await manage("PATCH /v1/notifications/n1", { sendAt: inTwoHours })), "conflict");
  assert.equal(codeOf(await manage("DELETE /v1/notifications")), "invalid_request");
  const many = await manage("DELETE /v1/notifications?priority=high");
  assert.deepEqual((many.body as { ids?: string[] }).ids?.sort(), ["n2", "n3"]);
  assert.equal(codeOf(await manage("GET /v1/notifications/none")), "not_found");
});

test("end users: a ticket, their own devices, and the origins their app names", async () => {
  assert.equal(
    codeOf(await admin("PUT /v1/apps/shop/client-auth", { kind: "jwks", url: "https://127.0.0.1/k" })),
    "endpoint_refused",
  );
  // An app of its own: functions keep what they know of an app for five seconds.
  await created("POST /v1/apps", { id: "site", origins: ["https://shop.example"] });
  await admin("PUT /v1/apps/site/providers/jwt", { secret: SECRET });
  await admin("PUT /v1/apps/site/client-auth", { kind: "hs256" });
  const token = await new SignJWT({ app: "site" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("joe")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
  const headers = { Origin: "https://shop.example" };
  const ticket = await world.call("client", "POST /v1/client/tickets?app=site", { key: token, headers });
  assert.equal(ticket.status, 201, JSON.stringify(ticket.body));
  assert.match((ticket.body as { ticket?: string }).ticket ?? "", /^[\w-]{32}$/);
  assert.equal(ticket.headers["Access-Control-Allow-Origin"], "https://shop.example");
  // A browser lets the page read a refusal only with the same headers.
  const refused = await world.call("client", "POST /v1/client/tickets?app=site", { key: "bad", headers });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers["Access-Control-Allow-Origin"], "https://shop.example");
  const preflight = await world.call("client", "OPTIONS /v1/client/tickets?app=site", { headers });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers["Access-Control-Allow-Headers"] ?? "", /Authorization/);
  const evil = { Origin: "https://evil.example" };
  const foreign = await world.call("client", "OPTIONS /v1/client/tickets?app=site", { headers: evil });
  assert.equal(foreign.headers["Access-Control-Allow-Origin"], undefined);
  const device = await world.call("client", "PUT /v1/client/devices/own", {
    key: token,
    body: { ...FCM, tokens: [{ kind: "fcmToken", token: "j".repeat(30) }] },
  });
  assert.equal(device.status, 200, JSON.stringify(device.body));
  assert.equal((await world.call("client", "DELETE /v1/client/devices/own", { key: token })).status, 204);
  assert.equal(
    codeOf(await world.call("client", "POST /v1/client/tickets?app=shop", { key: token })),
    "forbidden",
  );
  assert.equal(codeOf(await world.call("manage", "GET /v1/users/joe", { key: token })), "unauthorized");
});

test("open routes: health, the document, the Web Push key", async () => {
  const health = await world.call("public", "GET /health");
  assert.deepEqual(health.body, {
    status: "ok",
    version: "0.1.0",
    load: "unknown",
    oldestUnplannedS: null,
    breakers: [],
  });
  assert.ok(health.headers["RateLimit-Limit"]);
  const document = await world.call("public", "GET /openapi.json");
  assert.equal((document.body as { openapi?: string }).openapi, "3.1.0");
  await created("POST /v1/apps", { id: "push" });
  await admin("PUT /v1/apps/push/providers/webpush", { generate: true, subject: "mailto:a@b.example" });
  const vapid = await world.call("public", "GET /v1/public/apps/push/vapid-key");
  assert.match((vapid.body as { publicKey?: string }).publicKey ?? "", /^[\w-]{87}$/);
  assert.equal((await world.call("public", "GET /v1/public/apps/none/vapid-key")).status, 404);
});

test("rates: an end user's hundred and first request of a minute is refused, with the time to come back", async () => {
  const token = await new SignJWT({ app: "site" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("loop")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRET));
  const ask = () => world.call("client", "DELETE /v1/client/devices/none", { key: token });
  const minute = () => Math.floor(Date.now() / 60_000);
  let last = await ask();
  // A minute that ends on the way begins to count anew: then a second one is used up.
  for (let began = minute(), count = 1; count <= 100 || minute() !== began; count++) {
    if (minute() !== began) {
      began = minute();
      count = 0;
    }
    last = await ask();
    if (last.status === 429) break;
  }
  assert.match((last.body as { detail?: string }).detail ?? "", /more than 100 requests in 60 s for user/);
  assert.ok(Number(last.headers["Retry-After"]) >= 1);
  assert.equal(last.headers["RateLimit-Remaining"], "0");
});

test("removing an app takes its keys and credentials along", async () => {
  await created("POST /v1/apps", { id: "gone" });
  await created("POST /v1/apps/gone/keys", { scopes: ["send"] });
  await admin("PUT /v1/apps/gone/providers/jwt", { secret: SECRET });
  assert.equal((await admin("DELETE /v1/apps/gone")).status, 204);
  assert.ok(!world.aws.secrets.has("clarion/inApp/gone/jwt"));
  assert.equal((await admin("GET /v1/apps/gone/keys")).status, 404);
  await created("POST /v1/apps", { id: "gone" });
  assert.deepEqual((await admin("GET /v1/apps/gone/keys")).body, { keys: [] });
});
