import assert from "node:assert/strict";
import { after, test } from "node:test";
import { codeOf, startShop } from "./http-shop.ts";
import type { Answer } from "./http-world.ts";

const { key, world } = await startShop();
after(() => world.close());

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
const send = (body: unknown) => world.call("send", "POST /v1/notifications", { key, body, headers });
const manage = (route: string, bearer: string | undefined = key) =>
  world.call("manage", route, { key: bearer, headers });
const traceOf = ({ headers: told }: Answer) => told["traceparent"]?.split("-")[1];
const NOBODY = { to: { users: ["nobody"] }, content: { title: "Hi" } };

test("a refusal by a handler tells the rate that it was counted in, and its trace", async () => {
  await send({ ...NOBODY, id: "twice" });
  const refused: [Answer, string][] = [
    [await send({}), "invalid_request"],
    [await send({ ...NOBODY, content: { title: "Hi", body: "long ".repeat(1_600) } }), "payload_too_large"],
    [await send({ ...NOBODY, id: "twice", content: { title: "Other" } }), "idempotency_mismatch"],
    [await manage("GET /v1/notifications/none"), "not_found"],
  ];
  for (const [answer, code] of refused) {
    assert.equal(codeOf(answer), code, JSON.stringify(answer.body));
    assert.equal(answer.headers["Content-Type"], "application/problem+json", code);
    assert.equal(answer.headers["RateLimit-Limit"], "500", code);
    assert.match(answer.headers["RateLimit-Remaining"] ?? "", /^\d+$/, code);
    assert.equal(answer.headers["RateLimit-Reset"], "1", code);
    assert.equal(traceOf(answer), TRACE, code);
  }
});

test("open routes: what is not there is told with the address' rate, and a new trace where none came", async () => {
  const answer = await world.call("public", "GET /v1/public/apps/none/vapid-key");
  assert.equal(codeOf(answer), "not_found");
  assert.equal(answer.headers["RateLimit-Limit"], "100");
  assert.match(answer.headers["traceparent"] ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("a limit that the handler itself meets is told instead of the app's", async () => {
  const once = () => send({ to: { users: ["bombed"] }, content: { title: "Hi" } });
  let last = await once();
  for (let count = 1; count <= 250 && last.status === 202; count++) last = await once();
  assert.equal(codeOf(last), "rate_limited");
  assert.equal(last.headers["RateLimit-Limit"], "100");
  assert.equal(last.headers["RateLimit-Remaining"], "0");
  assert.equal(last.headers["Retry-After"], last.headers["RateLimit-Reset"]);
  assert.equal(traceOf(last), TRACE);
});

test("who is nobody has no rate; the trace is told all the same, also of a resource that is none", async () => {
  const unknown = await manage("GET /v1/notifications/none", "ck_shop.none");
  assert.equal(unknown.status, 401);
  assert.equal(unknown.headers["RateLimit-Limit"], undefined);
  assert.equal(traceOf(unknown), TRACE);
  const nowhere = await manage("GET /v1/nowhere");
  assert.equal(nowhere.status, 404);
  assert.equal(traceOf(nowhere), TRACE);
  const otherMethod = await manage("POST /v1/notifications/none");
  assert.equal(otherMethod.status, 405);
  assert.ok(otherMethod.headers["Allow"]);
  assert.equal(traceOf(otherMethod), TRACE);
});
