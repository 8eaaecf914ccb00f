import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import { connectSocket } from "../../local/demo/socket-client.ts";
import { makeApp, startWorld, type TestApp, type World } from "../e2e/harness.ts";
import { type Canary, startCanary } from "./canary.ts";

/** Every door that a client token opens, tried with tokens that must open none (client-token.test.ts has the verifier). */
let world: World;
let app: TestApp;
let other: TestApp;
let canary: Canary;

before(async () => {
  canary = await startCanary();
  world = await startWorld();
  app = await makeApp(world, "doors");
  other = await makeApp(world, "elsewhere");
});
after(async () => {
  await canary.close();
  await world.close();
});

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** The secret that the harness gives an app. */
const secretOf = ({ id }: TestApp) => `${id}-`.padEnd(48, "s");
const nowS = () => Math.floor(world.runtime.clock.now() / 1_000);

type Made = { header?: object; claims?: object; key?: string | Buffer; hash?: string };

/** A token of the app's user ann that holds but for what is said. */
function made({ header = {}, claims = {}, key = secretOf(app), hash = "sha256" }: Made = {}): string {
  const head = { alg: "HS256", typ: "JWT", ...header };
  const body = { sub: "ann", app: app.id, iat: nowS(), exp: nowS() + 600, ...claims };
  const text = `${b64(head)}.${b64(body)}`;
  return `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
}

const pemOf = (key: { export(options: { type: "spki"; format: "pem" }): string | Buffer }) =>
  key.export({ type: "spki", format: "pem" });
const rsaPem = pemOf(generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey);
const ecPem = pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
const canaryUrl = () => `http://127.0.0.1:${canary.ports[0]}/keys`;
const unsigned = (alg: string) => `${b64({ alg })}.${b64({ sub: "ann", app: app.id, exp: nowS() + 600 })}.`;

const BAD: Record<string, () => string> = {
  "no JWT": () => "hello",
  "alg none": () => unsigned("none"),
  "alg NoNe": () => unsigned("NoNe"),
  "alg empty": () => unsigned(""),
  "alg none with a signature": () => made({ header: { alg: "none" } }),
  "alg as a list": () => made({ header: { alg: ["HS256"] } }),
  HS384: () => made({ header: { alg: "HS384" }, hash: "sha384" }),
  HS512: () => made({ header: { alg: "HS512" }, hash: "sha512" }),
  "RS256 by name": () => made({ header: { alg: "RS256" } }),
  "ES256 by name": () => made({ header: { alg: "ES256" } }),
  "HS256 with an RSA PEM": () => made({ key: rsaPem }),
  "HS256 with an EC PEM": () => made({ key: ecPem }),
  "HS256 with nothing": () => made({ key: "" }),
  "HS256 with zeros": () => made({ key: Buffer.alloc(48) }),
  "kid as a path to an empty file": () => made({ header: { kid: "../../../../dev/null" }, key: "" }),
  "kid as SQL": () => made({ header: { kid: "' UNION SELECT 'k" }, key: "k" }),
  "kid unknown": () => made({ header: { kid: "nobody" }, key: "nobody" }),
  "kid twice": () => {
    const text = `${Buffer.from('{"alg":"HS256","kid":"a","kid":"b"}').toString("base64url")}.${made().split(".")[1]}`;
    return `${text}.${createHmac("sha256", "a").update(text).digest("base64url")}`;
  },
  "alg twice": () => {
    const text = `${Buffer.from('{"alg":"HS256","alg":"none"}').toString("base64url")}.${made().split(".")[1]}`;
    return `${text}.${createHmac("sha256", secretOf(app)).update(text).digest("base64url")}`;
  },
  "jku to the canary": () => made({ header: { jku: canaryUrl(), kid: "x" }, key: "x" }),
  "x5u to the canary": () => made({ header: { x5u: canaryUrl() }, key: "x" }),
  "own key in jwk": () => made({ header: { jwk: { kty: "oct", k: b64("x") } }, key: "x" }),
  "iss to the canary": () => made({ claims: { iss: canaryUrl() }, key: "x" }),
  "crit unknown": () => made({ header: { crit: ["x"], x: 1 } }),
  "crit b64, payload not encoded": () => made({ header: { crit: ["b64"], b64: false } }),
  "crit empty": () => made({ header: { crit: [] } }),
  "no exp": () => made({ claims: { exp: undefined } }),
  "exp in ten years": () => made({ claims: { exp: nowS() + 315_360_000 } }),
  "exp past": () => made({ claims: { iat: nowS() - 900, exp: nowS() - 300 } }),
  "exp as text": () => made({ claims: { exp: String(nowS() + 600) } }),
  "exp beyond numbers": () => made({ claims: { exp: 1e308 } }),
  "exp negative": () => made({ claims: { exp: -1 } }),
  "nbf in the future": () => made({ claims: { nbf: nowS() + 300 } }),
  "nbf as text": () => made({ claims: { nbf: "0" } }),
  "an app that is not there": () => made({ claims: { app: "nowhere" } }),
  "an app of Object's": () => made({ claims: { app: "constructor" } }),
  "another app's name": () => made({ claims: { app: other.id } }),
  "another app's secret": () => made({ key: secretOf(other) }),
  "no app": () => made({ claims: { app: undefined } }),
  "no sub": () => made({ claims: { sub: undefined } }),
  "sub with the keys' separator": () => made({ claims: { sub: "ann#x" } }),
  "sub as an object": () => made({ claims: { sub: { toString: "ann" } } }),
  "two parts": () => made().split(".").slice(0, 2).join("."),
  "four parts": () => `${made()}.x`,
  "five parts, as if encrypted": () => `${made()}.x.y`,
  "a character cut off": () => made().slice(0, -2),
  "a character more": () => `${made()}A`,
  "a claim changed after signing": () => {
    const [head, , signature] = made().split(".");
    return `${head}.${b64({ sub: "root", app: app.id, exp: nowS() + 600 })}.${signature}`;
  },
  "padded parts": () => `${made()}==`,
  huge: () => made({ claims: { pad: "x".repeat(4_200) } }),
};

/** The platform's own pace is not what is tried: a second of its clock before an address' rate is used up. */
async function each(run: (name: string, token: string) => Promise<void>): Promise<void> {
  for (const [n, [name, make]] of Object.entries(BAD).entries()) {
    if (n % 20 === 19) await world.advance(1_000);
    await run(name, make());
  }
}

const withToken = (token: string): ApiClient => apiClient(world.runtime.apiUrl, token);
const ticketOf = async (client: ApiClient): Promise<string> =>
  String((await client.ok("POST", "/v1/client/tickets", {}))["ticket"]);

test("a good token opens every door, so that the refusals below mean something", async () => {
  assert.ok(Object.keys(BAD).length >= 40);
  const url = world.runtime.webSocketUrl;
  const ticket = await ticketOf(withToken(made()));
  (await connectSocket({ url, token: made() })).close();
  (await connectSocket({ url, token: made(), by: "subprotocol" })).close();
  (await connectSocket({ url, by: "none", query: { ticket } })).close();
});

test("no bad token makes a ticket, registers a device or removes one", async () => {
  const device = { platform: "android", tokens: [{ kind: "fcmToken", token: "t".repeat(30) }] };
  await each(async (name, token) => {
    const client = withToken(token);
    for (const [method, path, body] of [
      ["POST", "/v1/client/tickets", {}],
      ["PUT", "/v1/client/devices/d", device],
      ["DELETE", "/v1/client/devices/d", undefined],
    ] as const) {
      const answer = await client.call(method, path, body);
      assert.deepEqual([answer.status, answer.body["code"]], [401, "unauthorized"], `${name}: ${method}`);
      assert.equal(answer.headers.get("x-amzn-remapped-www-authenticate"), "Bearer");
    }
  });
});

test("a bad token is no API key either", async () => {
  await each(async (name, token) => {
    const answer = await withToken(token).call("GET", "/v1/users/ann");
    assert.equal(answer.status, 401, name);
  });
  assert.equal((await withToken(made()).call("GET", "/v1/users/ann")).status, 401, "nor is a good one");
});

test("no bad token opens a socket, by header or by subprotocol", async () => {
  const url = world.runtime.webSocketUrl;
  await each(async (name, token) => {
    await assert.rejects(connectSocket({ url, token }), /refused: (401|403)/, `${name}: header`);
    // What is no word of HTTP (a `=`) cannot even be asked for by a subprotocol.
    const how = /[^\w.-]/.test(token) ? /invalid|refused/ : /refused: (401|403)/;
    await assert.rejects(connectSocket({ url, token, by: "subprotocol" }), how, `${name}: subprotocol`);
  });
});

test("a ticket opens one socket within its minute; used, late, foreign, changed and made up ones none", async () => {
  const url = world.runtime.webSocketUrl;
  const open = (ticket: string) => connectSocket({ url, by: "none", query: { ticket } });
  const client = withToken(made());
  const used = await ticketOf(client);
  const rivals = await Promise.allSettled(Array.from({ length: 8 }, () => open(used)));
  const opened = rivals.filter((rival) => rival.status === "fulfilled");
  assert.equal(opened.length, 1, "of eight at once, one");
  for (const { value } of opened) value.close();
  const late = await ticketOf(client);
  await world.advance(61_000);
  const fresh = await ticketOf(withToken(made()));
  const upper = fresh === fresh.toUpperCase() ? fresh.toLowerCase() : fresh.toUpperCase();
  for (const bad of [used, late, `${fresh}x`, fresh.slice(1), upper, "", "a".repeat(32), "../x", made()])
    await assert.rejects(open(bad), /refused: (401|403)/, bad);
  (await open(fresh)).close();
});

test("no header led the platform to the canary", () => assert.deepEqual(canary.hits, []));
