import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { sha256Hex } from "../../functions/core/hash.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { connectSocket } from "../../local/demo/socket-client.ts";
import { iphone, makeApp, person, startWorld, type TestApp, type World } from "./harness.ts";

let world: World;
let app: TestApp;
let foreign: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "mine");
  foreign = await makeApp(world, "theirs");
  await app.api.ok("PUT", "/v1/users/ann", {});
});
after(() => world.close());

const request = (change: object = {}) => ({
  to: { users: ["ann"] },
  channels: ["inApp"],
  content: { title: "t" },
  ...change,
});

test("a bad request names the field, the limit and the page", async () => {
  const cases: [unknown, string | RegExp, number, string][] = [
    [request({ priority: "urgent" }), "/priority", 400, "invalid_request"],
    [request({ content: { title: "t", data: { aps: "x" } } }), /^\/content\/data/, 400, "invalid_request"],
    [request({ content: {} }), "/content", 400, "invalid_request"],
    [request({ nonsense: 1 }), "/nonsense", 400, "invalid_request"],
    [
      request({ to: { users: Array.from({ length: 10_001 }, (_, n) => `u${n}`) } }),
      /^\/to/,
      400,
      "invalid_request",
    ],
    [request({ sendAt: "2020-01-01T00:00:00Z" }), "/sendAt", 400, "time_in_past"],
    [request({ category: "unheard-of" }), "/category", 400, "unknown_category"],
    [request({ content: { title: "\ud800" } }), "/content/title", 400, "invalid_request"],
  ];
  for (const [body, pointer, status, code] of cases) {
    const answer = await app.api.call("POST", "/v1/notifications", body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(answer.body["code"], code);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.match(String(answer.body["type"]), new RegExp(`#${code}$`));
    const pointers = (answer.body["errors"] as { pointer: string }[]).map((error) => error.pointer);
    assert.ok(
      pointers.some((found) => (typeof pointer === "string" ? found === pointer : pointer.test(found))),
      `${pointers}`,
    );
  }
});

test("a person who connects in a loop is refused for the rest of the minute, and nobody else is", async () => {
  const url = world.runtime.webSocketUrl;
  const connect = async (user: string) => (await connectSocket({ url, token: app.token(user) })).close();
  let made = 0;
  let refusal: unknown;
  // A minute may end meanwhile, and the next one have its own hundred.
  while (refusal === undefined && made < 250) {
    refusal = await connect("zoe").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) made++;
  }
  assert.match(String(refusal), /connect refused: 403/);
  assert.ok(made >= 90, `${made} were let in`);
  await connect("bea");
});

test("limits: body, depth, JSON and a provider's payload", async () => {
  const big = await app.api.call("POST", "/v1/notifications", `{"a":"${"x".repeat(262_144)}"}`);
  assert.equal(big.status, 413);
  assert.equal(big.body["code"], "body_too_large");
  const deep = await app.api.call("POST", "/v1/notifications", `${'{"a":'.repeat(21)}1${"}".repeat(21)}`);
  assert.equal(deep.body["code"], "json_too_deep");
  assert.equal((await app.api.call("POST", "/v1/notifications", "{oops")).body["code"], "invalid_json");
  const long = await app.api.call(
    "POST",
    "/v1/notifications",
    request({ channels: ["mobilePush"], content: { title: "t", data: { a: "x".repeat(4_096) } } }),
  );
  assert.equal(long.status, 413);
  assert.equal(long.body["code"], "payload_too_large");
  assert.match(JSON.stringify(long.body), /apns/);
});

test("keys: none, wrong, revoked, without the scope", async () => {
  const { apiUrl } = world.runtime;
  assert.equal((await apiClient(apiUrl).call("POST", "/v1/notifications", request())).status, 401);
  assert.equal(
    (await apiClient(apiUrl, `${app.key}x`).call("POST", "/v1/notifications", request())).status,
    401,
  );
  const reader = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, {
    name: "reader",
    scopes: ["read"],
  });
  const refused = await apiClient(apiUrl, String(reader["key"])).call("POST", "/v1/notifications", request());
  assert.equal(refused.status, 403);
  assert.equal(refused.body["code"], "forbidden");
  await world.admin.ok("DELETE", `/v1/apps/${app.id}/keys/${reader["id"]}`);
  await world.advance(6_000);
  assert.equal((await apiClient(apiUrl, String(reader["key"])).call("GET", "/v1/users/ann")).status, 401);
});

test("a signed key: the signature over method, path, time, nonce and body must hold, once", async () => {
  const made = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, {
    name: "signed",
    scopes: ["send"],
    signed: true,
  });
  const key = String(made["key"]);
  const secret = key.split(".").at(-1)!;
  const body = JSON.stringify(request());
  const signed = (change: { timestamp?: string; nonce?: string; body?: string } = {}) => {
    const timestamp = change.timestamp ?? String(Math.floor(world.runtime.clock.now() / 1000));
    const nonce = change.nonce ?? randomBytes(16).toString("hex");
    const text = ["POST", "/v1/notifications", timestamp, nonce, sha256Hex(change.body ?? body)].join("\n");
    const signature = createHmac("sha256", secret).update(text).digest("hex");
    return { "clarion-timestamp": timestamp, "clarion-nonce": nonce, "clarion-signature": signature };
  };
  const client = apiClient(world.runtime.apiUrl, key);
  const post = (headers: Record<string, string>) => client.call("POST", "/v1/notifications", body, headers);
  const once = signed();
  assert.equal((await post(once)).status, 202);
  const refused = [
    once,
    {},
    signed({ body: "{}" }),
    signed({ timestamp: "1000000000" }),
    { ...signed(), "clarion-nonce": "another-nonce-000" },
  ];
  for (const headers of refused) {
    const answer = await post(headers as Record<string, string>);
    assert.equal(answer.status, 401);
    assert.equal(answer.body["code"], "signature_invalid");
  }
});

test("a foreign app's ids do not exist", async () => {
  await person(foreign, "their-user", { d: iphone("theirs") });
  const sent = await foreign.api.ok("POST", "/v1/notifications", {
    id: "their-id",
    to: { users: ["their-user"] },
    content: { title: "secret" },
  });
  for (const path of [
    `/v1/notifications/${sent["id"]}`,
    `/v1/notifications/${sent["id"]}/recipients/their-user`,
    "/v1/users/their-user",
  ]) {
    assert.equal((await app.api.call("GET", path)).status, 404, path);
  }
  const theirs = `/v1/apps/${foreign.id}`;
  for (const [method, path] of [
    ["GET", theirs],
    ["POST", `${theirs}/keys`],
    ["DELETE", theirs],
  ] as const) {
    const { status } = await app.api.call(
      method,
      path,
      method === "POST" ? { name: "x", scopes: ["send"] } : undefined,
    );
    assert.ok(status === 403 || status === 404, `${method} ${path}: ${status}`);
  }
  assert.equal((await app.api.call("DELETE", `/v1/notifications/${sent["id"]}`)).status, 404);
});

test("sockets: no token, a bad one, a used ticket are refused; subprotocol and ticket open", async () => {
  const url = world.runtime.webSocketUrl;
  await assert.rejects(connectSocket({ url, by: "none" }), /refused: 403/);
  await assert.rejects(connectSocket({ url, token: `${app.token("ann")}x` }), /refused: 403/);
  await assert.rejects(
    connectSocket({ url: `${url}`, token: app.token("ann"), query: { v: "9" } }),
    /refused: 403/,
  );
  const bySubprotocol = await app.connect("ann", { by: "subprotocol" });
  bySubprotocol.close();
  const { ticket } = await apiClient(world.runtime.apiUrl, app.token("ann")).ok(
    "POST",
    "/v1/client/tickets",
    {},
  );
  const byTicket = await connectSocket({ url, by: "none", query: { ticket: String(ticket) } });
  byTicket.close();
  await assert.rejects(connectSocket({ url, by: "none", query: { ticket: String(ticket) } }), /refused: 403/);
});

test("rates: an app beyond its requests per second, a person beyond 100 a minute", async () => {
  const small = await makeApp(world, "small", { limits: { requestsPerS: 5 } });
  const answers = await Promise.all(Array.from({ length: 40 }, () => small.api.call("GET", "/v1/users/x")));
  const limited = answers.find(({ status }) => status === 429);
  assert.ok(limited, "nobody was limited");
  assert.ok(Number(limited.headers.get("retry-after")) >= 1);
  assert.equal(limited.headers.get("ratelimit-limit"), "5");
  const notifications = Array.from({ length: 40 }, (_, n) => request({ to: { users: [`u${n}`] } }));
  await world.advance(1_000);
  const { status, body } = await small.api.call("POST", "/v1/notifications:batch", { notifications });
  assert.equal(status, 207);
  const statuses = (body["results"] as { status: number }[]).map((result) => result.status);
  assert.ok(statuses.includes(202) && statuses.includes(429), `a batch is no way around it: ${statuses}`);
  assert.ok(
    statuses.every((one) => one === 202 || one === 429),
    `${statuses}`,
  );
  const bombs = [];
  for (let n = 0; n < 13; n++)
    bombs.push(
      await app.api.call("POST", "/v1/notifications:batch", {
        notifications: Array.from({ length: 10 }, () => request({ to: { users: ["bombed"] } })),
      }),
    );
  const refused = bombs.reduce((sum, { body }) => sum + (body["totals"] as { refused: number }).refused, 0);
  assert.ok(refused >= 10, `${refused} of 130 refused`);
});

test("unknown routes and methods", async () => {
  assert.equal((await app.api.call("GET", "/v1/nothing")).status, 404);
  const wrong = await app.api.call("PATCH", "/v1/users/ann", {});
  assert.equal(wrong.status, 405);
  assert.match(String(wrong.headers.get("allow")), /GET/);
});
