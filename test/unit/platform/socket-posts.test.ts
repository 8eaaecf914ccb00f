import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { FRAME_BYTES } from "../../../functions/core/inbox/inbox.ts";
import { post } from "../../../functions/platform/socket-posts.ts";

/** `@connections` that takes everything, and when. */
async function startConnections() {
  const tookAtMs: number[] = [];
  const server = createServer((request, response) => {
    tookAtMs.push(performance.now());
    request.resume().on("end", () => response.writeHead(200).end());
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
