import assert from "node:assert/strict";
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import { test } from "node:test";
import { h2Pool, type PoolOptions } from "../../../../functions/providers/transport/pool.ts";
import { HOST, type TestServer, tlsServer, wire } from "./tls-server.ts";

const poolFor = ({ open }: TestServer, more: Partial<PoolOptions> = {}) =>
  h2Pool({ host: HOST, open, maxSessions: 2, expectedStreams: 100, ...more });
const soon = (ms = 5_000) => Date.now() + ms;

async function withServer(
  options: Parameters<typeof tlsServer>[0],
  work: (at: TestServer) => Promise<void>,
): Promise<void> {
  const at = await tlsServer(options);
  try {
    await work(at);
  } finally {
    await at.close();
  }
}

test("what a GOAWAY leaves out is sent again elsewhere, what it includes is not", () =>
  withServer({}, async (at) => {
    const seen: string[] = [];
    const held: ServerHttp2Stream[] = [];
    at.server.on("stream", (stream, headers) => {
      seen.push(String(headers[":path"]));
      held.push(stream);
      if (held.length < 6) return;
      if (held.length > 6) {
        stream.respond({ ":status": 200 }, { endStream: true });
        return;
      }
      // Six are under way: the first three count, the others were never looked at.
      const last = held[2]?.id ?? 0;
      (stream.session as ServerHttp2Session).goaway(constants.NGHTTP2_NO_ERROR, last);
      for (const first of held.slice(0, 3)) first.respond({ ":status": 200 }, { endStream: true });
    });
    const pool = poolFor(at);
    const replies = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => pool.send(wire(`/${n}`), soon())));
    assert.deepEqual(
      replies.map((reply) => reply.kind === "answer" && reply.status),
      [200, 200, 200, 200, 200, 200],
    );
    assert.deepEqual(seen.toSorted(), ["/0", "/1", "/2", "/3", "/3", "/4", "/4", "/5", "/5"]);
    pool.close();
  }));

test("a server's limit of streams is obeyed, and sessions grow to their maximum", () =>
  withServer({ settings: { maxConcurrentStreams: 3 } }, async (at) => {
    let [running, most] = [0, 0];
    const sessions = new Set<unknown>();
    at.server.on("stream", (stream) => {
      sessions.add(stream.session);
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        stream.respond({ ":status": 200 }, { endStream: true });
      }, 5);
    });
    const pool = poolFor(at, { expectedStreams: 3 });
    const replies = await Promise.all(Array.from({ length: 40 }, (_, n) => pool.send(wire(`/${n}`), soon())));
    assert.ok(replies.every((reply) => reply.kind === "answer"));
    assert.equal(sessions.size, 2);
    assert.equal(most, 6);
    pool.close();
  }));

test("one stream until the first good answer", () =>
  withServer({}, async (at) => {
    let [running, mostBefore, answered] = [0, 0, 0];
    at.server.on("stream", (stream) => {
      running++;
      if (answered === 0) mostBefore = Math.max(mostBefore, running);
      setTimeout(() => {
        running--;
        stream.respond({ ":status": 200 }, { endStream: true });
        answered++;
      }, 20);
    });
    const pool = poolFor(at, { oneUntilProven: true });
    await Promise.all(Array.from({ length: 10 }, (_, n) => pool.send(wire(`/${n}`), soon())));
    assert.equal(mostBefore, 1);
    pool.close();
  }));

test("a connection that has gone silent is found out and replaced", () =>
  withServer({}, async (at) => {
    let silent = true;
    at.server.on("stream", (stream) => {
      if (silent) at.silence();
      else stream.respond({ ":status": 200 }, { endStream: true });
    });
    const pool = poolFor(at, { maxSessions: 1 });
    assert.deepEqual(await pool.send(wire("/a"), soon(100)), { kind: "lost", reason: "deadline_exceeded" });
    silent = false;
    const reply = await pool.send(wire("/b"), soon(4_000));
    // The silent connection may have taken the second request too, before its PING went unanswered.
    const next = reply.kind === "answer" ? reply : await pool.send(wire("/c"), soon());
    assert.equal(next.kind === "answer" && next.status, 200);
    pool.close();
  }));

test("a session unused for long answers a PING before it is trusted", (context) =>
  withServer({}, async (at) => {
    at.server.on("stream", (stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    const pings: unknown[] = [];
    at.server.on("session", (session) => session.on("ping", (payload) => pings.push(payload)));
    const pool = poolFor(at);
    await pool.send(wire("/a"), soon());
    assert.equal(pings.length, 0);
    context.mock.timers.enable({ apis: ["Date"], now: Date.now() + 31_000 });
    const reply = await pool.send(wire("/b"), soon());
    assert.equal(reply.kind, "answer");
    assert.equal(pings.length, 1);
    at.silence();
    context.mock.timers.setTime(Date.now() + 31_000);
    const after = await pool.send(wire("/c"), soon());
    assert.equal(after.kind, "answer", "a dead one is replaced before the request leaves");
    pool.close();
  }));

test("nothing listens: unsent, after a second try", async () => {
  const at = await tlsServer();
  await at.close();
  const pool = poolFor(at);
  const reply = await pool.send(wire("/a"), soon());
  assert.deepEqual(reply, { kind: "unsent", reason: "connect_ECONNREFUSED" });
  pool.close();
});

test("a request whose time is over is not begun; a closed pool sends nothing", () =>
  withServer({}, async (at) => {
    const pool = poolFor(at);
    assert.deepEqual(await pool.send(wire("/a"), Date.now() - 1), {
      kind: "unsent",
      reason: "deadline_exceeded",
    });
    pool.close();
    assert.deepEqual(await pool.send(wire("/a"), soon()), { kind: "unsent", reason: "closed" });
  }));

test("a certificate for another name is refused", () =>
  withServer({}, async (at) => {
    const open = () => at.open("other.push.apple.com", ["h2"]);
    const pool = poolFor({ ...at, open });
    const reply = await pool.send(wire("/a"), soon(1_000));
    assert.equal(reply.kind, "unsent");
    pool.close();
  }));
