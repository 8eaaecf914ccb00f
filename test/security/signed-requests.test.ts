import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { after, before, mock, test } from "node:test";
import { OPERATIONS } from "../../api/document.ts";
import type { ApiKey, Scope } from "../../functions/core/app/app.ts";
import { ADMIN_KEY, type Answer, startHttpWorld } from "../unit/platform/http-world.ts";
import { type HttpApp, type HttpWorld, makeHttpApp } from "./http-app.ts";

/** Keys that demand an HMAC over each request, by docs/api.md: what a signature is good for, and for how long. */
let world: HttpWorld;
let app: HttpApp;
let other: HttpApp;
let signer: Signer;
let otherSigner: Signer;

/** The platform's clock stands still unless a test moves it. */
const START_MS = Date.UTC(2026, 10, 21, 12);
let nowMs = START_MS;
function moveTo(ms: number): void {
  nowMs = ms;
  mock.timers.setTime(ms);
}

before(async () => {
  // First of all: what caches keys takes its clock when it is made.
  mock.timers.enable({ apis: ["Date"], now: START_MS });
  world = await startHttpWorld();
  app = await makeHttpApp(world, "signing");
  other = await makeHttpApp(world, "elsewhere");
  signer = await signedKey(app, "first");
  otherSigner = await signedKey(other, "first");
});
after(async () => {
  mock.timers.reset();
  await world.close();
});

type Signer = Pick<ApiKey, "id"> & { key: string; secret: string };

async function signedKey({ id }: HttpApp, name: string, scopes: Scope[] = ["send", "read"]): Promise<Signer> {
  const body = { name, scopes, signed: true };
  const answer = await world.call("manage", `POST /v1/apps/${id}/keys`, { key: ADMIN_KEY, body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  const made = answer.body as unknown as { id: string; key: string };
  return { ...made, secret: made.key.split(".")[2]! };
}

type Parts = { method: string; path: string; timestamp: string; nonce: string; body: string };
type Wire = { route: string; key: string; headers: Record<string, string>; text?: string };

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const linesOf = ({ method, path, timestamp, nonce, body }: Parts): string[] => [
  method,
  path,
  timestamp,
  nonce,
  sha256(body),
];
const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");
const newNonce = () => randomBytes(16).toString("hex");
const seconds = (shiftS = 0) => String(Math.floor(nowMs / 1000) + shiftS);
const BODY = '{"to":{"users":["nobody"]},"content":{"title":"t"}}';
const POST: Pick<Parts, "method" | "path" | "body"> = {
  method: "POST",
  path: "/v1/notifications",
  body: BODY,
};
const LIST: typeof POST = { method: "GET", path: "/v1/notifications?limit=1&state=scheduled", body: "" };

type How = { by?: Signer; lines?: (lines: string[]) => string[]; sign?: (text: string) => string };

/** A request as its sender would make it, but for what is said. */
function made(over: Partial<Parts> = {}, { by = signer, lines, sign }: How = {}): Wire {
  const parts = { ...POST, timestamp: seconds(), nonce: newNonce(), ...over };
  const text = (lines ?? ((whole) => whole))(linesOf(parts)).join("\n");
  return {
    route: `${parts.method} ${parts.path}`,
    key: by.key,
    headers: {
      "Clarion-Timestamp": parts.timestamp,
      "Clarion-Nonce": parts.nonce,
      "Clarion-Signature": sign ? sign(text) : hmac(by.secret, text),
    },
    ...(parts.body !== "" && { text: parts.body }),
  };
}

const call = ({ route, ...rest }: Wire): Promise<Answer> =>
  world.call(route.startsWith("POST") ? "send" : "manage", route, rest);
const withHeader = (wire: Wire, name: string, change: (value: string) => string): Wire => ({
  ...wire,
  headers: { ...wire.headers, [`Clarion-${name}`]: change(wire.headers[`Clarion-${name}`]!) },
});
const outcome = async (wire: Wire) => {
  const { status, body } = await call(wire);
  return `${status} ${(body as { code?: string }).code ?? "taken"}`;
};
const TAKEN = ["202 taken", "200 taken"];

test("a request that is signed as the documentation says is taken, a list's query sorted by name", async () => {
  assert.equal(await outcome(made()), "202 taken");
  assert.equal(await outcome(made(LIST)), "200 taken");
  const unsorted = { ...made(LIST), route: "GET /v1/notifications?state=scheduled&limit=1" };
  assert.equal(await outcome(unsorted), "200 taken", "the order on the wire is nobody's matter");
});

const signature = (change: (value: string) => string) => () => withHeader(made(), "Signature", change);
const base64 = (form: "base64" | "base64url") => (hex: string) => Buffer.from(hex, "hex").toString(form);
/** Signed in full, for this text instead of the one that is sent. */
const signedFor = (over: Partial<Parts>): Wire => ({
  ...made(over),
  route: "POST /v1/notifications",
  text: BODY,
});
const swapped = (a: number, b: number) => (lines: string[]) =>
  lines.map((line, at) => lines[at === a ? b : at === b ? a : at] ?? line);

const BAD: Record<string, () => Wire> = {
  "no headers at all": () => ({ ...made(), headers: {} }),
  "signature empty": signature(() => ""),
  "signature in capitals": signature((hex) => hex.toUpperCase()),
  "signature with one capital": signature((hex) => hex.replace(/[a-f]/, (digit) => digit.toUpperCase())),
  "signature cut by a digit": signature((hex) => hex.slice(0, -1)),
  "signature cut to half": signature((hex) => hex.slice(0, 32)),
  "signature longer by a digit": signature((hex) => `${hex}0`),
  "signature padded": signature((hex) => `${hex}=`),
  "signature with a space before": signature((hex) => ` ${hex}`),
  "signature with a line end": signature((hex) => `${hex}\n`),
  "signature with 0x": signature((hex) => `0x${hex}`),
  "signature named by its algorithm": signature((hex) => `sha256=${hex}`),
  "signature twice": signature((hex) => `${hex},${hex}`),
  "signature in base64": signature(base64("base64")),
  "signature in base64url": signature(base64("base64url")),
  "one digit changed": signature((hex) => (hex.startsWith("0") ? "1" : "0") + hex.slice(1)),
  "signature of nothing": () => made({}, { lines: () => [""] }),
  "unkeyed hash": () => made({}, { sign: sha256 }),
  "SHA-1": () => made({}, { sign: (text) => createHmac("sha1", signer.secret).update(text).digest("hex") }),
  "SHA-512": () =>
    made({}, { sign: (text) => createHmac("sha512", signer.secret).update(text).digest("hex") }),
  "keyed with the secret's hash, as it is stored": () =>
    made({}, { sign: (text) => hmac(sha256(signer.secret), text) }),
  "keyed with the whole key": () => made({}, { sign: (text) => hmac(signer.key, text) }),
  "keyed with nothing": () => made({}, { sign: (text) => hmac("", text) }),
  "keyed with another app's secret": () => made({}, { sign: (text) => hmac(otherSigner.secret, text) }),
  "another method": () => signedFor({ method: "PATCH" }),
  "method in small letters": () => signedFor({ method: "post" }),
  "another path": () => signedFor({ path: "/v1/notifications:batch" }),
  "path with a slash more": () => signedFor({ path: "/v1/notifications/" }),
  "path with the stage": () => signedFor({ path: "/live/v1/notifications" }),
  "path in other letters": () => signedFor({ path: "/v1/Notifications" }),
  "path with escapes": () => signedFor({ path: "/v1/%6eotifications" }),
  "path with an empty query": () => signedFor({ path: "/v1/notifications?" }),
  "a query that is not sent": () => signedFor({ path: "/v1/notifications?a=1" }),
  "a query that is not signed": () => ({ ...made(), route: "POST /v1/notifications?a=1" }),
  "a list's query changed": () => ({
    ...made(LIST),
    route: "GET /v1/notifications?limit=100&state=scheduled",
  }),
  "a list's query left out": () => ({ ...made(LIST), route: "GET /v1/notifications" }),
  "a list's query in another order": () =>
    made({ ...LIST, path: "/v1/notifications?state=scheduled&limit=1" }),
  "another body": () => signedFor({ body: BODY.replace("nobody", "ann") }),
  "the same body with a space more": () => signedFor({ body: `${BODY} ` }),
  "the same fields in another order": () =>
    signedFor({ body: '{"content":{"title":"t"},"to":{"users":["nobody"]}}' }),
  "the same text spelled by escapes": () => signedFor({ body: BODY.replace("nobody", "\\u006eobody") }),
  "no body": () => signedFor({ body: "" }),
  "the body itself instead of its hash": () => made({}, { lines: (lines) => [...lines.slice(0, 4), BODY] }),
  "the body's hash in capitals": () =>
    made({}, { lines: (lines) => [...lines.slice(0, 4), lines[4]!.toUpperCase()] }),
  "timestamp and nonce swapped": () => made({}, { lines: swapped(2, 3) }),
  "method and path swapped": () => made({}, { lines: swapped(0, 1) }),
  "a line end more": () => made({}, { lines: (lines) => [...lines, ""] }),
  "lines ended as on Windows": () =>
    made({}, { sign: (text) => hmac(signer.secret, text.replaceAll("\n", "\r\n")) }),
  "another nonce": () => withHeader(made(), "Nonce", newNonce),
  "nonce in capitals": () =>
    withHeader(made({ nonce: "abcdef0123456789" }), "Nonce", (text) => text.toUpperCase()),
  "nonce of 15": () => made({ nonce: "a".repeat(15) }),
  "nonce of 65": () => made({ nonce: "a".repeat(65) }),
  "nonce with the keys' separator": () => made({ nonce: "0123456789#abcdef" }),
  "nonce with a line end": () => made({ nonce: `${newNonce()}\n` }),
  "a second later": () => withHeader(made(), "Timestamp", (text) => String(Number(text) + 1)),
  milliseconds: () => made({ timestamp: String(nowMs) }),
  "a time with a sign": () => made({ timestamp: `+${seconds()}` }),
  "a time with a fraction": () => made({ timestamp: `${seconds()}.0` }),
  "a time in hex": () => made({ timestamp: `0x${Number(seconds()).toString(16)}` }),
  "a time of other digits": () =>
    made({ timestamp: seconds().replace(/\d/g, (d) => String.fromCodePoint(0x660 + Number(d))) }),
  "an HTTP date": () => made({ timestamp: new Date(nowMs).toUTCString() }),
  "301 s ago": () => made({ timestamp: seconds(-301) }),
  "in 301 s": () => made({ timestamp: seconds(301) }),
};

for (const [name, make] of Object.entries(BAD)) {
  test(`refused: ${name}`, async () => assert.equal(await outcome(make()), "401 signature_invalid"));
}

test("a signature of one key is none of another, of the same app or not", async () => {
  const twin = await signedKey(app, "twin");
  for (const by of [twin, otherSigner])
    assert.equal(await outcome({ ...made(), key: by.key }), "401 signature_invalid");
  const [prefix, , secret] = signer.key.split(".");
  const mixed = `${prefix}.${twin.id}.${secret}`;
  assert.equal(
    await outcome({ ...made(), key: mixed }),
    "401 unauthorized",
    "one's id with the other's secret",
  );
});

test("the time is good to the second, five minutes either way", async () => {
  for (const shiftS of [-300, 300])
    assert.equal(await outcome(made({ timestamp: seconds(shiftS) })), "202 taken");
});

test("a nonce is good once: of eight at once, later, and for as long as its time is good", async () => {
  const early = made({ timestamp: seconds(300) });
  const answers = await Promise.all(Array.from({ length: 8 }, () => outcome(early)));
  assert.equal(answers.filter((answer) => answer === "202 taken").length, 1, answers.join());
  const startMs = nowMs;
  for (const laterS of [1, 299, 301, 599, 600]) {
    moveTo(startMs + laterS * 1_000);
    assert.equal(await outcome(early), "401 signature_invalid", `replayed after ${laterS} s`);
  }
  moveTo(startMs + 601_000);
  assert.equal(await outcome(early), "401 signature_invalid", "its time is over");
});

test("what is refused costs no nonce, and each key has nonces of its own", async () => {
  const nonce = newNonce();
  assert.equal(await outcome({ ...made({ nonce }), text: "{}" }), "401 signature_invalid");
  assert.equal(await outcome(made({ nonce })), "202 taken", "nobody can use up another's nonce");
  assert.equal(await outcome(made({ nonce }, { by: otherSigner })), "202 taken");
  assert.equal(await outcome(made({ nonce, body: BODY.replace("nobody", "ann") })), "401 signature_invalid");
});

test("rotation: both keys of a name are good until the old one is revoked, which counts within 5 s", async () => {
  const old = await signedKey(app, "rotated");
  const fresh = await signedKey(app, "rotated");
  for (const by of [old, fresh]) assert.ok(TAKEN.includes(await outcome(made({}, { by }))));
  const revoke = `DELETE /v1/apps/${app.id}/keys/${old.id}`;
  assert.equal((await world.call("manage", revoke, { key: ADMIN_KEY })).status, 204);
  moveTo(nowMs + 5_000);
  assert.equal(await outcome(made({}, { by: old })), "401 unauthorized");
  assert.equal(await outcome(made({}, { by: fresh })), "202 taken");
});

test("no operation that a signed key may call goes without a signature", async () => {
  const scopes: Scope[] = ["send", "read", "users", "apps"];
  const { key } = await signedKey(app, "everything", scopes);
  const keyed = OPERATIONS.filter(({ access }) => "key" in access);
  assert.ok(keyed.length > 15);
  for (const { id, fn, method, path } of keyed) {
    const route = `${method} ${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => app.ids[name] ?? "x")}`;
    const { status, body } = await world.call(fn, route, { key, body: {} });
    assert.deepEqual([status, (body as { code?: string }).code], [401, "signature_invalid"], id);
  }
});
