import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { sha256Hex } from "../../functions/core/hash.ts";
import type { Recipient } from "../../functions/core/recipient/device.ts";
import { saving } from "../../functions/storage/recipients.ts";
import { toAttributes } from "../../functions/storage/table.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { ended, makeApp, person, startWorld, type TestApp, tableNamed, type World } from "../e2e/harness.ts";
import { type Canary, startCanary } from "./canary.ts";
import { hostileEndpoints } from "./hostile-endpoints.ts";

/** The whole platform, its own way out and its own DNS: only the push services that the fakes stand for are reachable. */
let world: World;
let app: TestApp;
let canary: Canary;
let urls: string[];

const keys = {
  p256dh: createECDH("prime256v1").generateKeys("base64url"),
  auth: randomBytes(16).toString("base64url"),
};
const browser = (endpoint: string) => ({ platform: "web", tokens: [{ kind: "webpush", endpoint, keys }] });

before(async () => {
  canary = await startCanary();
  world = await startWorld();
  app = await makeApp(world, "ssrf");
  await person(app, "ann");
  // Written out, 443 is as good as left out.
  const odd = canary.ports.filter((port) => port !== 443);
  urls = [...new Set(odd.flatMap((port) => hostileEndpoints(port)))];
  assert.ok(urls.length >= 120, `${urls.length} URLs`);
});
after(async () => {
  await canary.close();
  await world.close();
});

/** The schema's own bounds come first; all that fits them is the endpoint rule's to refuse. */
const expectedCode = (url: string) =>
  url.length < 12 || url.length > 1_024 ? "invalid_request" : "endpoint_refused";

test("no hostile endpoint is registered by a service", async () => {
  for (const url of urls) {
    const answer = await app.api.call("PUT", "/v1/users/ann/devices/hostile", browser(url));
    assert.deepEqual([answer.status, answer.body["code"]], [400, expectedCode(url)], JSON.stringify(url));
  }
  assert.deepEqual((await app.api.ok("GET", "/v1/users/ann"))["devices"], []);
});

test("nor in bulk", async () => {
  const lines = urls.map((url, n) => JSON.stringify({ user: `bulk${n}`, device: "d", ...browser(url) }));
  const { body, status } = await app.api.call("POST", "/v1/devices:bulk", lines.join("\n"));
  assert.equal(status, 207);
  const results = body["results"] as { status: number; problem: { code: string } }[];
  assert.deepEqual(
    results.map(({ status: line, problem }) => [line, problem.code]),
    urls.map((url) => [400, expectedCode(url)]),
  );
});

test("nor by an end user", async () => {
  for (const [n, url] of hostileEndpoints(canary.ports[0]!).entries()) {
    // An end user of one's own each: their rate is not what is tried here.
    const user = apiClient(world.runtime.apiUrl, app.token(`self${n}`));
    const answer = await user.call("PUT", "/v1/client/devices/hostile", browser(url));
    assert.deepEqual([answer.status, answer.body["code"]], [400, expectedCode(url)], JSON.stringify(url));
    if (n % 20 === 19) await world.advance(1_000);
  }
});

/** A recipient as it would stand in the table had the rule been looser on the day it was registered. */
function stored(user: string, url: string): Recipient {
  const atMs = world.runtime.clock.now();
  const token = { kind: "webpush", token: url, hash: sha256Hex(url), registeredAtMs: atMs, keys } as const;
  const device = { id: "old", platform: "web", status: "active", registeredAtMs: atMs } as const;
  return {
    app: app.id,
    user,
    createdAtMs: atMs,
    devices: [{ ...device, lastSeenAtMs: atMs, tokens: [token] }],
  };
}

test("one that stands in the table all the same is refused at send, with a reason, and nobody is called", async () => {
  // No text at all stands for a token that was forgotten: nothing is left to send to.
  const written = urls.filter((url) => url !== "");
  for (const [n, url] of written.entries()) {
    const { item } = saving(stored(`old${n}`, url), 0);
    const input = { TableName: tableNamed(world, "Directory"), Item: toAttributes(item) };
    await world.runtime.door.call({ kind: "admin" }, "dynamodb", "PutItem", input);
  }
  const { id } = await app.api.ok("POST", "/v1/notifications", {
    to: { users: written.map((_, n) => `old${n}`) },
    channels: ["webPush"],
    content: { title: "to nobody" },
  });
  const status = await ended(app, id);
  assert.deepEqual(status.counts, [
    { channel: "webPush", provider: "webpush", outcomes: { rejected: written.length } },
  ]);
  for (const [n, url] of written.entries()) {
    if (n % 20 === 19) await world.advance(1_000);
    const told = await app.api.ok("GET", `/v1/notifications/${id}/recipients/old${n}`);
    const [evidence] = told["evidence"] as { outcome: string; reason: string }[];
    assert.equal(evidence?.reason, "endpoint_refused", JSON.stringify([url, told]));
  }
  assert.deepEqual(world.fakes.webpush.received, []);
});

test("and the canary never heard a thing, but does hear what reaches it", async () => {
  assert.deepEqual(canary.hits, []);
  await assert.rejects(fetch(`http://127.0.0.1:${canary.ports[0]}/`));
  assert.equal(canary.hits.length, 1);
});
