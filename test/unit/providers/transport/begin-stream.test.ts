import assert from "node:assert/strict";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { ClientHttp2Session } from "node:http2";
import { test } from "node:test";
import { beginStream } from "../../../../functions/providers/transport/begin-stream.ts";

const nodesOwn = AsyncResource.prototype.bind;
const sessionThat = (request: () => unknown) => ({ request }) as unknown as ClientHttp2Session;

test("only the request itself sees another bind, also when it throws", () => {
  const seen: unknown[] = [];
  beginStream(
    sessionThat(() => seen.push(AsyncResource.prototype.bind)),
    [],
  );
  assert.notEqual(seen[0], nodesOwn);
  assert.equal(AsyncResource.prototype.bind, nodesOwn);
  const failing = sessionThat(() => {
    throw new TypeError("no such header");
  });
  assert.throws(() => beginStream(failing, []), TypeError);
  assert.equal(AsyncResource.prototype.bind, nodesOwn);
});

test("what is bound runs in its resource's context, with its arguments and result", () => {
  const context = new AsyncLocalStorage<string>();
  const bound: ((...args: number[]) => unknown)[] = [];
  const session = sessionThat(() => {
    const resource = new AsyncResource("request");
    bound.push(resource.bind((...args: number[]) => [context.getStore(), ...args]));
  });
  context.run("request", () => beginStream(session, []));
  assert.deepEqual(
    context.run("elsewhere", () => bound[0]?.(1, 2)),
    ["request", 1, 2],
  );
});
