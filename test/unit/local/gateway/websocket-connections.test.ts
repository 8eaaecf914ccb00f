import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { WebSocket } from "ws";
import { AwsError } from "../../../../local/door/aws-error.ts";
import { closeAll, closeCode, deployment, nextText, opened, serve, until } from "./websocket-world.ts";

afterEach(closeAll);

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
