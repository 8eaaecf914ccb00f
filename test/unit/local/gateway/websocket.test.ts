import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import {
  closeAll,
  closeCode,
  deployment,
  nextText,
  opened,
  refused,
  serve,
  until,
} from "./websocket-world.ts";

afterEach(closeAll);

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
  assert.equal(await nextText(socket), '{"type":"pong"}');
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

test("an upgrade elsewhere than /ws is a 404", async () => {
  const { port } = await serve();
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [data] = (await once(socket, "data")) as [Buffer];
  assert.match(data.toString(), /^HTTP\/1.1 404/);
  socket.destroy();
});
