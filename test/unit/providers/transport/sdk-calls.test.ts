import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { sentOnce } from "../../../../functions/providers/transport/sdk-calls.ts";

const ANSWER =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';

test("connections are kept, but none that was unused for long is sent into: nobody would repeat the call", async (t) => {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "text/xml").end(ANSWER));
  });
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => {
    connections++;
    open.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "a", secretAccessKey: "s" };
  const client = sentOnce(
    (options) => new SNSClient({ ...options, region: "eu-central-1", endpoint, credentials }),
  );
  t.after(() => client.destroy());
  const send = () => client.send(new PublishCommand({ PhoneNumber: "+4915112345678", Message: "m" }));
  for (let n = 0; n < 3; n++) assert.equal((await send()).MessageId, "m");
  assert.equal(connections, 1);
  for (const socket of open) socket.once("data", () => socket.destroy());
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
  assert.equal((await send()).MessageId, "m");
  assert.equal(connections, 2);
});
