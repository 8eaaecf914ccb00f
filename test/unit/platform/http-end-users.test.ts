import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SignJWT } from "jose";
import { ANDROID, CLIENT_SECRET, codeOf, startShop } from "./http-shop.ts";

const { admin, created, world } = await startShop();
after(() => world.close());

test("end users: a ticket, their own devices, and the origins their app names", async () => {
  assert.equal(
    codeOf(await admin("PUT /v1/apps/shop/client-auth", { kind: "jwks", url: "https://127.0.0.1/k" })),
    "endpoint_refused",
  );
  // An app of its own: functions keep what they know of an app for five seconds.
  await created("POST /v1/apps", { id: "site", origins: ["https://shop.example"] });
  await admin("PUT /v1/apps/site/providers/jwt", { secret: CLIENT_SECRET });
  await admin("PUT /v1/apps/site/client-auth", { kind: "hs256" });
  const token = await new SignJWT({ app: "site" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("joe")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(CLIENT_SECRET));
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
    body: { ...ANDROID, tokens: [{ kind: "fcmToken", token: "j".repeat(30) }] },
  });
  assert.equal(device.status, 200, JSON.stringify(device.body));
  assert.equal((await world.call("client", "DELETE /v1/client/devices/own", { key: token })).status, 204);
  const reserved = await world.call("client", "PUT /v1/client/devices/~sms", { key: token, body: ANDROID });
  assert.equal(codeOf(reserved), "invalid_request");
  assert.equal(
    codeOf(await world.call("client", "POST /v1/client/tickets?app=shop", { key: token })),
    "forbidden",
  );
  assert.equal(codeOf(await world.call("manage", "GET /v1/users/joe", { key: token })), "unauthorized");
});

test("a token from before an erasure does not bring the person back; a later one does, and so does the service", async () => {
  const issued = await created("POST /v1/apps/site/keys", { scopes: ["users"] });
  const service = { key: (issued.body as { key?: string }).key ?? "" };
  const sign = (iatS?: number) => {
    const token = new SignJWT({ app: "site", ...(iatS !== undefined && { iat: iatS }) });
    token.setProtectedHeader({ alg: "HS256" }).setSubject("ann").setExpirationTime("1h");
    return token.sign(new TextEncoder().encode(CLIENT_SECRET));
  };
  const register = async (key: string) => {
    const body = { ...ANDROID, tokens: [{ kind: "fcmToken", token: "a".repeat(30) }] };
    return world.call("client", "PUT /v1/client/devices/phone", { key, body });
  };
  const nowS = Math.floor(Date.now() / 1000);
  const [old, undated] = [await sign(nowS - 60), await sign()];
  assert.equal((await register(old)).status, 200);
  assert.equal((await world.call("manage", "DELETE /v1/users/ann", service)).status, 204);
  for (const token of [old, undated]) {
    const refused = await register(token);
    assert.deepEqual([refused.status, codeOf(refused)], [401, "unauthorized"]);
    assert.match((refused.body as { detail?: string }).detail ?? "", /issued before this user was erased/);
  }
  assert.equal((await world.call("manage", "GET /v1/users/ann", service)).status, 404);
  const anew = await sign(Math.floor(Date.now() / 1000));
  assert.equal((await register(anew)).status, 200, "in the same second: it may have been issued behind it");
  assert.equal((await register(old)).status, 200, "the person is there again");
  assert.equal((await world.call("manage", "DELETE /v1/users/ann", service)).status, 204);
  assert.equal((await register(old)).status, 401);
  assert.equal((await world.call("manage", "PUT /v1/users/ann", { ...service, body: {} })).status, 201);
  assert.equal((await register(old)).status, 200, "the service has made the person anew");
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
    .sign(new TextEncoder().encode(CLIENT_SECRET));
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
