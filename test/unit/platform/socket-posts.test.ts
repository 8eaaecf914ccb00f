import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { FRAME_BYTES } from "../../../functions/core/inbox/inbox.ts";
import { post } from "../../../functions/platform/socket-posts.ts";

/** `@connections` that answers everything so, and when. */
async function startConnections(status = 200, name = "") {
  const tookAtMs: number[] = [];
  const server = createServer((request, response) => {
    tookAtMs.push(performance.now());
    const headers = name ? { "x-amzn-errortype": name } : {};
    request.resume().on("end", () => response.writeHead(status, headers).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, tookAtMs, close };
}

test("frames go out in the environment's pace: each waits, and what would wait too long stays in the inbox", async (t) => {
  const connections = await startConnections();
  t.after(connections.close);
  Object.assign(process.env, {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    CONNECTIONS_ENDPOINT: connections.url,
    CLARION_SETTINGS: JSON.stringify({ socketPostsPerEnvironmentS: 20, providerDeadlineMs: 1_000 }),
  });
  assert.equal(
    await post("c", "x".repeat(FRAME_BYTES + 1)),
    "tooLarge",
    "too long for API Gateway: takes no place",
  );
  const startMs = performance.now();
  const results = await Promise.all(Array.from({ length: 45 }, (_, index) => post(`c${index}`, "{}")));
  assert.deepEqual(results, [...Array(40).fill("posted"), ...Array(5).fill("busy")]);
  const { tookAtMs } = connections;
  assert.equal(tookAtMs.length, 40);
  // A timer may fire a millisecond early.
  for (const [index, atMs] of tookAtMs.entries())
    assert.ok(atMs - startMs >= (index - 19) * 50 - 2, `frame ${index} after ${atMs - startMs} ms`);
});

test("a missing right fails the message, so that somebody is told; any other failure is the connection's to wait for", async (t) => {
  Object.assign(process.env, {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  const refusing = await startConnections(403, "ForbiddenException");
  t.after(refusing.close);
  process.env["CONNECTIONS_ENDPOINT"] = refusing.url;
  const { post: fresh } = (await import("../../../functions/platform/socket-posts.ts?of=403" as string)) as {
    post: typeof post;
  };
  await assert.rejects(fresh("c", "{}"), { name: "ForbiddenException" });
  const failing = await startConnections(500);
  t.after(failing.close);
  process.env["CONNECTIONS_ENDPOINT"] = failing.url;
  const { post: other } = (await import("../../../functions/platform/socket-posts.ts?of=500" as string)) as {
    post: typeof post;
  };
  assert.equal(await other("c", "{}"), "busy");
});
