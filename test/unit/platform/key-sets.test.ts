import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { egress } from "../../../functions/platform/egress.ts";
import { fetchText, keySets } from "../../../functions/platform/key-sets.ts";
import { makeCertificates } from "../../../local/fakes/certificates.ts";

/** A host that the test's certificate authority signs for. */
const HOST = "fcm.googleapis.com";

/** A host with key sets on a real socket, and the way to it; `requests` are the paths that were asked for. */
async function startHost(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "clarion-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { key, cert, caFile } = await makeCertificates(folder);
  const requests: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    requests.push(request.url ?? "");
    if (request.url === "/silent") return;
    if (request.url === "/keys") response.end('{"keys":[]}');
    else if (request.url === "/moved") response.writeHead(302, { Location: "https://127.0.0.1/keys" }).end();
    else if (request.url === "/flood") response.end("x".repeat(1_000_000));
    else response.writeHead(500).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(caFile, "utf8");
  const open = egress({ overrides: { [HOST]: `127.0.0.1:${port}` }, ca });
  return { ca, open, requests, at: (path: string) => `https://${HOST}${path}` };
}

test("a key set is read as it is, and nothing else: redirects, other statuses, floods, inner addresses", async (t) => {
  const { ca, open, at } = await startHost(t);
  const get = (path: string, by = open) => fetchText(new URL(at(path)), by);
  assert.equal(await get("/keys"), '{"keys":[]}');
  for (const path of ["/moved", "/flood", "/broken"])
    await assert.rejects(get(path), { code: "ERR_JWKS_UNREACHABLE" }, path);
  const inner = egress({
    ca,
    resolve: ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(null, [{ address: "127.0.0.1", family: 4 }])) as never, // the one form of lookup that egress uses
  });
  await assert.rejects(get("/keys", inner), /no public address/);
});

test("a host that hangs costs one request: the tokens behind it are refused at once", async (t) => {
  const { open, requests, at } = await startHost(t);
  const keySet = keySets({ now: Date.now, read: (url) => fetchText(new URL(url), open) });
  const forged = await new SignJWT({ app: "shop" })
    .setProtectedHeader({ alg: "ES256", kid: "made up" })
    .sign((await generateKeyPair("ES256")).privateKey);
  const verify = () => jwtVerify(forged, keySet(at("/silent")));
  await assert.rejects(verify(), { code: "ERR_JWKS_UNREACHABLE" });
  await assert.rejects(verify(), { code: "ERR_JWKS_UNREACHABLE" });
  assert.deepEqual(requests, ["/silent"]);
});

const MINUTE_MS = 60_000;

/** Sets over a host that is told what to do, and a clock. */
async function world() {
  const pairs = { one: await generateKeyPair("ES256"), two: await generateKeyPair("ES256") };
  const state = { nowMs: 0, reads: 0, down: false, takesMs: 0, holds: ["one"] as (keyof typeof pairs)[] };
  const keySet = keySets({
    now: () => state.nowMs,
    async read() {
      state.reads++;
      state.nowMs += state.takesMs;
      if (state.down) throw Object.assign(new Error("down"), { code: "ERR_JWKS_UNREACHABLE" });
      const keys = state.holds.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid }));
      return JSON.stringify({ keys: await Promise.all(keys) });
    },
  });
  const verify = async (kid: keyof typeof pairs): Promise<JWTPayload> => {
    const token = await new SignJWT({ sub: "ann" })
      .setProtectedHeader({ alg: "ES256", kid })
      .sign(pairs[kid].privateKey);
    return (await jwtVerify(token, keySet("https://id.example/keys"))).payload;
  };
  return { state, verify };
}

test("a set whose host hangs is asked for fifteen seconds later, one that it refuses after a second", async () => {
  const { state, verify } = await world();
  const refused = () => assert.rejects(verify("one"), { code: "ERR_JWKS_UNREACHABLE" });
  Object.assign(state, { down: true, takesMs: 3_000 });
  for (const atMs of [0, 17_999, 18_000, 35_999]) {
    state.nowMs = atMs;
    await refused();
  }
  assert.equal(state.reads, 2);
  Object.assign(state, { nowMs: 36_000, takesMs: 10 });
  await refused();
  state.down = false;
  state.nowMs = 37_009;
  await refused();
  state.nowMs = 37_010;
  assert.equal((await verify("one")).sub, "ann");
});

test("a set is kept for ten minutes; while its host is down the last one goes on for an hour", async () => {
  const { state, verify } = await world();
  await verify("one");
  state.nowMs = 10 * MINUTE_MS - 1;
  await verify("one");
  assert.equal(state.reads, 1);
  state.down = true;
  for (const atMs of [10 * MINUTE_MS, 10 * MINUTE_MS + 14_999, 70 * MINUTE_MS - 1]) {
    state.nowMs = atMs;
    assert.equal((await verify("one")).sub, "ann");
  }
  assert.equal(state.reads, 3);
  state.nowMs = 70 * MINUTE_MS;
  await assert.rejects(verify("one"), { code: "ERR_JWKS_UNREACHABLE" }, "a revoked key lives no longer");
});

test("a key that was taken out of its set ends when the set is read again", async () => {
  const { state, verify } = await world();
  await verify("one");
  state.holds = ["two"];
  state.nowMs = 10 * MINUTE_MS;
  await assert.rejects(verify("one"), { code: "ERR_JWKS_NO_MATCHING_KEY" });
});

test("a key that is not in the set has it read again, at most every thirty seconds, and less often while it fails", async () => {
  const { state, verify } = await world();
  const unknown = () => assert.rejects(verify("two"), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  await verify("one");
  state.nowMs = 29_999;
  await unknown();
  assert.equal(state.reads, 1);
  state.down = true;
  for (const atMs of [30_000, 44_999]) {
    state.nowMs = atMs;
    await unknown();
  }
  assert.equal(state.reads, 2, "a forged kid is no way around it");
  state.down = false;
  state.holds = ["one", "two"];
  state.nowMs = 45_000;
  assert.equal((await verify("two")).sub, "ann");
});

test("what is no key set is refused like a host that is down", async () => {
  for (const text of ["<html>", '{"keys":"none"}', "null"]) {
    const keySet = keySets({ now: () => 0, read: async () => text });
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "ES256" })
      .sign((await generateKeyPair("ES256")).privateKey);
    await assert.rejects(jwtVerify(token, keySet("https://id.example/keys")), { code: /^ERR_JWKS_/ }, text);
  }
});
