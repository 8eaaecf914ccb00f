import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, before, test } from "node:test";
import { WebSocket } from "ws";
import { createClock, type VirtualClock } from "../../../../local/clock/virtual-clock.ts";
import { AwsError } from "../../../../local/door/aws-error.ts";
import { type GatewayServer, startGatewayServer } from "../../../../local/gateway/server.ts";
import {
  createSocketGateway,
  type SocketGateway,
  type SocketGatewayOptions,
} from "../../../../local/gateway/websocket.ts";
import type { Invocation } from "../../../../local/lambda/protocol.ts";
import type { Deployment, WebSocketApi } from "../../../../local/template/model.ts";
import { fixtureDeployment, fixtureFunction } from "../template/fixture.ts";

let deployment: Deployment;
const closers: (() => Promise<void> | void)[] = [];

before(async () => {
  deployment = await fixtureDeployment();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Context = Record<string, unknown> & { routeKey: string; connectionId: string };
type Event = Record<string, unknown> & { headers?: Record<string, string>; requestContext: Context };
type Answer = (event: Event) => unknown;

type Fixture = {
  url: string;
  port: number;
  clock: VirtualClock;
  gateway: SocketGateway;
  server: GatewayServer;
  events: Event[];
  authorizations: Event[];
  troubles: string[];
};

const allow = (event: Event) => ({
  principalId: "ada",
  policyDocument: {
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event["methodArn"] }],
  },
  context: { app: "demo", tries: 3 },
});

async function serve(
  answers: { route?: Answer; authorize?: Answer } = {},
  options: Partial<SocketGatewayOptions> = {},
  overrides: Partial<WebSocketApi> = {},
): Promise<Fixture> {
  const clock = createClock();
  const server = await startGatewayServer(0);
  const events: Event[] = [];
  const authorizations: Event[] = [];
  const troubles: string[] = [];
  const authorizerArn = fixtureFunction(deployment, "authorizer").arn;
  const gateway = createSocketGateway({
    api: { ...(deployment.webSocketApis[0] as WebSocketApi), ...overrides },
    region: "us-east-1",
    account: "000000000000",
    permissions: deployment.permissions,
    clock,
    invoke: async (functionArn, given): Promise<Invocation> => {
      const event = given as Event;
      const isAuthorizer = functionArn === authorizerArn;
      (isAuthorizer ? authorizations : events).push(event);
      const answer = isAuthorizer
        ? (answers.authorize ?? allow)
        : (answers.route ?? (() => ({ statusCode: 200 })));
      return { ok: true, requestId: "r", payload: await answer(event) };
    },
    onTrouble: (text) => troubles.push(text),
    ...options,
  });
  server.serve({ rest: async () => undefined, upgrade: gateway.upgrade, local: () => false });
  closers.push(
    () => clock.close(),
    () => server.close(),
    () => gateway.close(),
  );
  const { port } = server;
  return { url: `ws://127.0.0.1:${port}/ws`, port, clock, gateway, server, events, authorizations, troubles };
}

type ClientOptions = { protocols?: string[]; headers?: Record<string, string>; query?: string };

function client(
  url: string,
  { protocols = [], headers = {}, query = "?v=1" }: ClientOptions = {},
): WebSocket {
  const socket = new WebSocket(url + query, protocols, { headers });
  closers.push(() => socket.terminate());
  return socket;
}

async function opened(url: string, options?: ClientOptions): Promise<WebSocket> {
  const socket = client(url, options);
  await once(socket, "open");
  return socket;
}

async function refused(url: string, options?: ClientOptions): Promise<number | undefined> {
  const socket = client(url, options);
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, "close")) as [number];
  return code;
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  assert.equal(isBinary, false);
  return data.toString("utf8");
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, "did not happen within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test("the authorizer's context reaches every later event, flat", async () => {
  const { url, events, authorizations } = await serve();
  const socket = await opened(url, { headers: { "X-Device": "d1" } });
  socket.send('{"type":"hello"}');
  await until(() => events.length === 2);
  socket.close();
  await until(() => events.length === 3);
  assert.match(String(authorizations[0]?.["methodArn"]), /\/live\/\$connect$/);
  assert.deepEqual(authorizations[0]?.["queryStringParameters"], { v: "1" });
  assert.deepEqual(
    events.map(({ requestContext }) => [requestContext.routeKey, requestContext["eventType"]]),
    [
      ["$connect", "CONNECT"],
      ["$default", "MESSAGE"],
      ["$disconnect", "DISCONNECT"],
    ],
  );
  for (const { requestContext } of events) {
    assert.deepEqual(requestContext["authorizer"], { principalId: "ada", app: "demo", tries: 3 });
    assert.equal(requestContext.connectionId, events[0]?.requestContext.connectionId);
  }
  assert.equal(events[0]?.headers?.["X-Device"], "d1");
  assert.equal(events[1]?.["body"], '{"type":"hello"}');
});

test("refusals carry the status of whoever refused", async () => {
  const missing = await serve();
  assert.equal(await refused(missing.url, { query: "" }), 401);
  assert.equal(missing.authorizations.length, 0, "a missing identity source does not call the authorizer");
  const denying = await serve({
    authorize: (event) => ({
      principalId: "ada",
      policyDocument: { Statement: [{ Action: "*", Effect: "Deny", Resource: event["methodArn"] }] },
    }),
  });
  assert.equal(await refused(denying.url), 403);
  assert.equal(await refused((await serve({ authorize: () => ({ isAuthorized: true }) })).url), 500);
  assert.equal(await refused((await serve({ route: () => ({ statusCode: 409 }) })).url), 409);
  assert.equal(await refused((await serve({ route: () => "nothing" })).url), 502);
  assert.equal(await refused((await serve({}, { permissions: [] })).url), 500);
  assert.equal(await refused(missing.url, { query: `?v=${"x".repeat(4_096)}` }), 414);
});

test("a client that offers subprotocols gets the one that $connect chose, or 400", async () => {
  const choosing = await serve({
    route: () => ({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "clarion.v1" } }),
  });
  assert.equal((await opened(choosing.url, { protocols: ["clarion.v1", "token"] })).protocol, "clarion.v1");
  assert.equal(await refused((await serve()).url, { protocols: ["clarion.v1"] }), 400);
  assert.equal(await refused(choosing.url, { protocols: ["other"] }), 400);
});

test("new connections are limited per second", async () => {
  const { url } = await serve({}, { newConnectionsPerS: 1 });
  await opened(url);
  assert.equal(await refused(url), 429);
});

test("a mock route answers by itself; unknown text goes to $default; no route is an error frame", async () => {
  const { url, events } = await serve();
  const socket = await opened(url);
  socket.send('{"type":"ping"}');
  assert.equal(await nextText(socket), '{"statusCode":200}');
  assert.equal(events.length, 1);
  socket.send("not json");
  await until(() => events.length === 2);
  const routes = (deployment.webSocketApis[0]?.routes ?? []).filter(({ key }) => key !== "$default");
  const bare = await serve({}, {}, { routes });
  const other = await opened(bare.url);
  other.send('{"type":"unknown"}');
  assert.equal(JSON.parse(await nextText(other)).message, "Forbidden");
});

test("binary frames, frames over 32 KB and messages over 128 KB end the connection", async () => {
  const { url, events } = await serve();
  const binary = await opened(url);
  binary.send(Buffer.from([1, 2]));
  assert.equal(await closeCode(binary), 1003);
  const frame = await opened(url);
  frame.send("x".repeat(32 * 1024 + 1));
  assert.equal(await closeCode(frame), 1009);
  const message = await opened(url);
  for (let part = 0; part < 5; part += 1) message.send("x".repeat(32 * 1024), { fin: part === 4 });
  assert.equal(await closeCode(message), 1009);
  const allowed = await opened(url);
  for (let part = 0; part < 4; part += 1) allowed.send("x".repeat(32 * 1024), { fin: part === 3 });
  await until(() => events.some(({ requestContext }) => requestContext["eventType"] === "MESSAGE"));
});

test("ten idle minutes or two hours end a connection, on the virtual clock", async () => {
  const { url, clock, events } = await serve();
  const idle = await opened(url);
  const idleCode = closeCode(idle);
  await clock.advance(599_000);
  assert.equal(idle.readyState, WebSocket.OPEN);
  await clock.advance(2_000);
  assert.equal(await idleCode, 1001);
  await until(() => events.some(({ requestContext }) => requestContext.routeKey === "$disconnect"));
  const busy = await opened(url);
  const busyCode = closeCode(busy);
  for (let minute = 0; minute < 119; minute += 7) {
    busy.send('{"type":"ping"}');
    await nextText(busy);
    await clock.advance(7 * 60_000 - 20_000);
  }
  assert.equal(busy.readyState, WebSocket.OPEN);
  await clock.advance(7 * 60_000);
  assert.equal(await busyCode, 1001);
});

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    assert.ok(error instanceof AwsError);
    return error.code;
  }
}

test("@connections sends text, tells facts, closes, and knows what is gone", async () => {
  let duringConnect: Promise<string> | undefined;
  const fixture = await serve({
    route: ({ requestContext }) => {
      if (requestContext.routeKey === "$connect") {
        duringConnect = code(post(requestContext.connectionId, "early"));
      }
      return { statusCode: 200 };
    },
  });
  const { gateway, url, events } = fixture;
  const apiId = deployment.webSocketApis[0]?.id ?? "";
  const post = (id: string, text: string) => gateway.backend.post(apiId, id, Buffer.from(text));
  const socket = await opened(url);
  const id = events[0]?.requestContext.connectionId ?? "";
  assert.match(id, /^[\w-]{15}=$/);
  assert.equal(await duringConnect, "GoneException", "not established before $connect has answered");
  const text = nextText(socket);
  const long = "é".repeat(60_000);
  assert.equal(await code(post(id, long)), "ok");
  assert.equal(await text, long);
  assert.equal(await code(post(id, "x".repeat(128 * 1024 + 1))), "PayloadTooLargeException");
  assert.equal(await code(gateway.backend.post("other", id, Buffer.from("x"))), "GoneException");
  const info = await gateway.backend.get(apiId, id);
  assert.equal(info.Identity.SourceIp, "127.0.0.1");
  const closed = closeCode(socket);
  await gateway.backend.remove(apiId, id);
  await closed;
  assert.equal(await code(post(id, "late")), "GoneException");
});

test("a dropped connection swallows everything until it expires", async () => {
  const { gateway, url, clock, events } = await serve();
  const socket = await opened(url);
  const id = events[0]?.requestContext.connectionId ?? "";
  gateway.drop(id);
  const apiId = deployment.webSocketApis[0]?.id ?? "";
  let received = 0;
  socket.on("message", () => {
    received += 1;
  });
  assert.equal(await code(gateway.backend.post(apiId, id, Buffer.from("lost"))), "ok");
  socket.send('{"type":"hello"}');
  socket.terminate();
  await clock.advance(590_000);
  assert.equal(received, 0);
  assert.deepEqual(
    events.map(({ requestContext }) => requestContext.routeKey),
    ["$connect"],
  );
  await clock.advance(20_000);
  await until(() => events.length === 2);
  assert.equal(events[1]?.requestContext.routeKey, "$disconnect");
  assert.equal(await code(gateway.backend.post(apiId, id, Buffer.from("x"))), "GoneException");
});

test("an upgrade elsewhere than /ws is a 404", async () => {
  const { port } = await serve();
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [data] = (await once(socket, "data")) as [Buffer];
  assert.match(data.toString(), /^HTTP\/1.1 404/);
  socket.destroy();
});
