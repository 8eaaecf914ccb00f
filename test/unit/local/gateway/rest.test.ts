import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { createRestGateway, type RestGatewayOptions } from "../../../../local/gateway/rest.ts";
import { matchRoute } from "../../../../local/gateway/rest-router.ts";
import { type GatewayServer, PortTakenError, startGatewayServer } from "../../../../local/gateway/server.ts";
import type { Invocation } from "../../../../local/lambda/protocol.ts";
import type { Deployment, RestApi, RestRoute } from "../../../../local/template/model.ts";
import { fixtureDeployment } from "../template/fixture.ts";

let deployment: Deployment;
const open: GatewayServer[] = [];

before(async () => {
  deployment = await fixtureDeployment();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

type Event = Record<string, unknown> & {
  headers: Record<string, string>;
  requestContext: Record<string, unknown>;
};

const ok = (payload: unknown): Invocation => ({ ok: true, requestId: "r", payload });

async function serve(
  answer: (event: Event) => Invocation | Promise<Invocation>,
  options: Partial<RestGatewayOptions> = {},
  api: Partial<RestApi> = {},
): Promise<string> {
  const server = await startGatewayServer(0);
  open.push(server);
  const gateway = createRestGateway({
    api: { ...(deployment.restApis[0] as RestApi), ...api },
    region: "us-east-1",
    account: "000000000000",
    permissions: deployment.permissions,
    clock: { now: () => Date.UTC(2026, 2, 12, 19, 3, 58) },
    invoke: async (_arn, event) => answer(event as Event),
    ...options,
  });
  server.serve({ rest: gateway.handle, upgrade: async () => undefined, local: () => false });
  return `http://127.0.0.1:${server.port}`;
}

const route = (method: string, path: string): RestRoute => ({
  method,
  path,
  integration: { kind: "mock", statusCode: 200, headers: {} },
});

test("literal segments win over parameters, parameters over a greedy one, a method over ANY", () => {
  const routes = [
    route("ANY", "/{proxy+}"),
    route("GET", "/v1/users/{user}"),
    route("GET", "/v1/users/me"),
    route("ANY", "/v1/users/{user}"),
    route("GET", "/v1/users/{user}/devices/{device}"),
  ];
  const found = (method: string, path: string) => {
    const match = matchRoute(routes, method, path);
    return match && [match.route.method, match.route.path, match.pathParameters];
  };
  assert.deepEqual(found("GET", "/v1/users/me"), ["GET", "/v1/users/me", null]);
  assert.deepEqual(found("GET", "/v1/users/ada"), ["GET", "/v1/users/{user}", { user: "ada" }]);
  assert.deepEqual(found("PUT", "/v1/users/ada"), ["ANY", "/v1/users/{user}", { user: "ada" }]);
  assert.deepEqual(found("GET", "/v1/users/a%20b/devices/d")?.[2], { user: "a%20b", device: "d" });
  assert.deepEqual(found("GET", "/other/x/y"), ["ANY", "/{proxy+}", { proxy: "other/x/y" }]);
  assert.equal(matchRoute(routes.slice(1), "GET", "/v2"), undefined);
});

test("the event is API Gateway's proxy event", async () => {
  let event: Event | undefined;
  const url = await serve((given) => {
    event = given;
    return ok({ statusCode: 204 });
  });
  const response = await fetch(`${url}/v1/users/ada/devices/p%40x?a=1&a=2&b=%C3%A9`, {
    method: "PUT",
    headers: { "X-Mixed": "Case" },
    body: '{"é":1}',
  });
  assert.equal(response.status, 204);
  assert.ok(response.headers.get("x-amzn-requestid"));
  assert.partialDeepStrictEqual(event, {
    resource: "/v1/users/{user}/devices/{device}",
    path: "/v1/users/ada/devices/p%40x",
    httpMethod: "PUT",
    queryStringParameters: { a: "2", b: "é" },
    multiValueQueryStringParameters: { a: ["1", "2"], b: ["é"] },
    pathParameters: { user: "ada", device: "p%40x" },
    stageVariables: null,
    body: '{"é":1}',
    isBase64Encoded: false,
    requestContext: {
      path: "/live/v1/users/ada/devices/p%40x",
      resourcePath: "/v1/users/{user}/devices/{device}",
      httpMethod: "PUT",
      stage: "live",
      requestTime: "12/Mar/2026:19:03:58 +0000",
      identity: { sourceIp: "127.0.0.1" },
    },
  });
});

test("headers, repeated headers and bodies pass back", async () => {
  const url = await serve(() =>
    ok({
      statusCode: 201,
      headers: { "Content-Type": "application/problem+json", "set-cookie": "dropped=1" },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
      body: "{}",
    }),
  );
  const response = await fetch(`${url}/health`);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
});

test("base64 is decoded only for binary media types, as on AWS", async () => {
  const answer = () =>
    ok({ statusCode: 200, body: Buffer.from([0, 255]).toString("base64"), isBase64Encoded: true });
  const asText = await fetch(`${await serve(answer)}/health`);
  assert.equal(await asText.text(), "AP8=");
  const url = await serve(answer, {}, { binaryMediaTypes: ["image/png"] });
  const asBytes = await fetch(`${url}/health`, { headers: { accept: "image/png" } });
  assert.deepEqual([...new Uint8Array(await asBytes.arrayBuffer())], [0, 255]);
});

test("the gateway's own errors", async () => {
  const failed: Invocation = {
    ok: false,
    requestId: "r",
    trouble: "handler",
    error: { errorType: "Error", errorMessage: "secret", trace: [] },
  };
  const cases: [string, () => Invocation | Promise<Invocation>, number, string][] = [
    ["/nowhere", () => ok({}), 403, "Missing Authentication Token"],
    ["/health", () => failed, 502, "Internal server error"],
    ["/health", () => ok({ status: 200 }), 502, "Internal server error"],
    ["/health", () => ok({ statusCode: 200, body: { an: "object" } }), 502, "Internal server error"],
    ["/health", () => new Promise(() => undefined), 504, "Endpoint request timed out"],
  ];
  for (const [path, answer, status, message] of cases) {
    const url = await serve(answer, { integrationTimeoutMs: 20 });
    const response = await fetch(url + path);
    assert.equal(response.status, status);
    assert.deepEqual(await response.json(), { message });
  }
  const denied = await fetch(`${await serve(() => ok({}), { permissions: [] })}/health`);
  assert.equal(denied.status, 500);
});

test("limits: 10 MB of body, 20,480 bytes of headers, the stage's throttle", async () => {
  const url = await serve(() => ok({ statusCode: 200 }), {}, { throttle: { rateLimit: 1, burstLimit: 3 } });
  const large = await fetch(`${url}/v1/users`, { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
  assert.equal(large.status, 413);
  const headers = await fetch(`${url}/health`, { headers: { "x-large": "x".repeat(20_480) } });
  assert.equal(headers.status, 431);
  const statuses = await Promise.all([1, 2, 3].map(async () => (await fetch(`${url}/health`)).status));
  assert.deepEqual(statuses.sort(), [200, 200, 429]);
});

test("a preflight is answered by the mock of the template", async () => {
  const url = await serve(() => ok({}));
  const response = await fetch(`${url}/v1/users`, { method: "OPTIONS" });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
});

test("a taken port is named", async () => {
  const server = await startGatewayServer(0);
  open.push(server);
  await assert.rejects(startGatewayServer(server.port), (error: Error) => {
    assert.ok(error instanceof PortTakenError);
    assert.equal(error.message, `port ${server.port} is taken: --port N`);
    return true;
  });
});
