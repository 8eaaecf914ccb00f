import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createLocalJWKSet, exportJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import type { App, ClientAuth } from "../../functions/core/app/app.ts";
import { whyNoKeySet } from "../../functions/core/app/set-client-auth.ts";
import { tokenVerifier } from "../../functions/platform/token-verifier.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const NOW_S = NOW_MS / 1000;
const SECRET = new TextEncoder().encode("a-secret-of-the-shop-of-32-bytes!");
const OTHER_SECRET = new TextEncoder().encode("the-secret-of-quite-another-app!!");

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const strangerRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const rsaPem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

const appOf = (id: string, clientAuth?: ClientAuth, more: Partial<App> = {}): App => ({
  id,
  createdAtMs: 1,
  origins: [],
  categories: {},
  providers: {},
  defaults: {},
  limits: {},
  ...(clientAuth && { clientAuth }),
  ...more,
});

const JWKS: ClientAuth = {
  kind: "jwks",
  url: "https://keys.example/jwks.json",
  issuer: "https://id.example",
  audience: "clarion",
};
/** What an app shows of a secret that was entered for it. */
const SET_UP: Partial<App> = { jwt: { configuredAtMs: 1, summary: {} } };
const APPS = [
  appOf("shop", { kind: "hs256" }, SET_UP),
  appOf("bank", JWKS),
  appOf("other", { kind: "hs256" }, SET_UP),
  appOf("bare", undefined, SET_UP),
  appOf("closed", { kind: "hs256" }, { ...SET_UP, disabled: true }),
  appOf("nosecret", { kind: "hs256" }, SET_UP),
  appOf("again", { kind: "hs256" }),
];
const SECRETS: Record<string, Uint8Array> = {
  shop: SECRET,
  other: OTHER_SECRET,
  closed: SECRET,
  bare: SECRET,
  again: SECRET,
};

async function verifier() {
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: "rsa", use: "sig" },
    { ...(await exportJWK(ec.publicKey)), kid: "ec", use: "sig" },
    { ...(await exportJWK(p384.publicKey)), kid: "p384", use: "sig" },
  ];
  const set = createLocalJWKSet({ keys });
  return tokenVerifier({
    now: () => NOW_MS,
    findApp: async (id) => APPS.find((app) => app.id === id),
    secret: async (app) => SECRETS[app],
    keySet: () => set,
  });
}

const claims = (more: JWTPayload = {}): JWTPayload => ({
  sub: "ann",
  app: "shop",
  iat: NOW_S,
  exp: NOW_S + 3600,
  ...more,
});
const bank = (more: JWTPayload = {}): JWTPayload =>
  claims({ app: "bank", iss: "https://id.example", aud: "clarion", ...more });

type Key = Parameters<SignJWT["sign"]>[0];
const sign = (payload: JWTPayload, key: Key = SECRET, header: Partial<JWTHeaderParameters> = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(key);
const signRsa = (payload: JWTPayload, header: Partial<JWTHeaderParameters> = {}) =>
  sign(payload, rsa.privateKey, { alg: "RS256", kid: "rsa", ...header });

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token by hand, for what a library refuses to make. */
const raw = (header: object, payload: object, signature = "") =>
  `${b64(header)}.${b64(payload)}.${signature}`;
const hmac = (header: object, payload: object, key: string | Uint8Array, hash = "sha256") => {
  const text = `${b64(header)}.${b64(payload)}`;
  return `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
};
const without = (payload: JWTPayload, name: string): JWTPayload =>
  Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));

test("good tokens name their user, and when they were issued", async () => {
  const verify = await verifier();
  const ann = { user: "ann", issuedAtMs: NOW_MS };
  assert.deepEqual(await verify(await sign(claims())), { app: "shop", ...ann });
  assert.deepEqual(await verify(await signRsa(bank())), { app: "bank", ...ann });
  const es = await sign(bank(), ec.privateKey, { alg: "ES256", kid: "ec" });
  assert.deepEqual(await verify(es), { app: "bank", ...ann });
  assert.deepEqual(await verify(await sign(claims({ exp: NOW_S - 10 }))), { app: "shop", ...ann });
  const earliestMs = NOW_MS - 23 * 3_600_000;
  const undated = await verify(await sign(without(claims(), "iat")));
  assert.deepEqual(undated, { app: "shop", user: "ann", issuedAtMs: earliestMs }, "as long ago as can be");
});

const BAD: Record<string, () => string | Promise<string>> = {
  empty: () => "",
  "not a token": () => "hello",
  "two parts": async () => (await sign(claims())).split(".").slice(0, 2).join("."),
  "alg none": () => raw({ alg: "none" }, claims()),
  "alg None": () => raw({ alg: "None" }, claims()),
  "alg none for a key set": () => raw({ alg: "none", kid: "rsa" }, bank()),
  "no alg": () => hmac({ typ: "JWT" }, claims(), SECRET),
  "empty signature": () => raw({ alg: "HS256" }, claims()),
  "signature of another text": async () =>
    `${b64({ alg: "HS256" })}.${b64(claims({ sub: "root" }))}.${(await sign(claims())).split(".")[2]}`,
  HS512: () => sign(claims(), SECRET, { alg: "HS512" }),
  HS384: () => hmac({ alg: "HS384" }, claims(), SECRET, "sha384"),
  "another secret": () => sign(claims(), OTHER_SECRET),
  "empty secret": () => hmac({ alg: "HS256" }, claims(), ""),
  "HS256 with the RSA key's PEM": () => hmac({ alg: "HS256", kid: "rsa" }, bank(), rsaPem),
  "HS256 with the RSA key's PEM for an HS256 app": () => hmac({ alg: "HS256" }, claims(), rsaPem),
  "HS256 with the key's modulus": async () =>
    hmac({ alg: "HS256", kid: "rsa" }, bank(), (await exportJWK(rsa.publicKey)).n ?? ""),
  "RS256 for an HS256 app": () => signRsa(claims()),
  PS256: () => sign(bank(), rsa.privateKey, { alg: "PS256", kid: "rsa" }),
  RS512: () => sign(bank(), rsa.privateKey, { alg: "RS512", kid: "rsa" }),
  ES384: () => sign(bank(), p384.privateKey, { alg: "ES384", kid: "p384" }),
  "a stranger's RSA key under our kid": () =>
    sign(bank(), strangerRsa.privateKey, { alg: "RS256", kid: "rsa" }),
  "unknown kid": () => signRsa(bank(), { kid: "nobody" }),
  "kid of a key of another type": () => signRsa(bank(), { kid: "ec" }),
  "kid as a path": () => signRsa(bank(), { kid: "../../etc/passwd" }),
  "kid as SQL": () => signRsa(bank(), { kid: "x' OR '1'='1" }),
  "own key in jwk header": async () =>
    sign(bank(), strangerRsa.privateKey, {
      alg: "RS256",
      kid: "nobody",
      jwk: await exportJWK(strangerRsa.publicKey),
    }),
  "own key set in jku header": () =>
    sign(bank(), strangerRsa.privateKey, {
      alg: "RS256",
      kid: "mine",
      jku: "https://evil.example/jwks.json",
    }),
  "own certificate in x5u header": () =>
    sign(bank(), strangerRsa.privateKey, { alg: "RS256", kid: "mine", x5u: "https://evil.example/c.pem" }),
  "unknown critical header": () => hmac({ alg: "HS256", crit: ["x"], x: 1 }, claims(), SECRET),
  "no exp": () => sign(without(claims(), "exp")),
  "ten years": () => sign(claims({ exp: NOW_S + 10 * 365 * 86_400 })),
  "ten years, issued in nine": () =>
    sign(claims({ iat: NOW_S + 9 * 365 * 86_400, nbf: NOW_S - 60, exp: NOW_S + 10 * 365 * 86_400 })),
  over: () => sign(claims({ exp: NOW_S - 60 })),
  "not yet": () => sign(claims({ nbf: NOW_S + 120 })),
  "exp as text": () => hmac({ alg: "HS256" }, { ...claims(), exp: "9999999999" }, SECRET),
  "exp not a number": () => hmac({ alg: "HS256" }, { ...claims(), exp: null }, SECRET),
  "no sub": () => sign(without(claims(), "sub")),
  "sub with a separator": () => sign(claims({ sub: "ann#admin" })),
  "sub empty": () => sign(claims({ sub: "" })),
  "sub as a list": () => hmac({ alg: "HS256" }, { ...claims(), sub: ["ann"] }, SECRET),
  "no app": () => sign(without(claims(), "app")),
  "app as a list": () => hmac({ alg: "HS256" }, { ...claims(), app: ["shop"] }, SECRET),
  "another app's name with this app's secret": () => sign(claims({ app: "other" })),
  "an app that does not exist": () => sign(claims({ app: "nowhere" })),
  "an app without client auth": () => sign(claims({ app: "bare" })),
  "a disabled app": () => sign(claims({ app: "closed" })),
  "an app whose secret is not stored": () => sign(claims({ app: "nosecret" })),
  "a secret that was entered for an app of the same id before": () => sign(claims({ app: "again" })),
  "wrong issuer": () => signRsa(bank({ iss: "https://evil.example" })),
  "no issuer": () => signRsa(without(bank(), "iss")),
  "wrong audience": () => signRsa(bank({ aud: "another" })),
  "no audience": () => signRsa(without(bank(), "aud")),
  "far too long": () => sign(claims({ pad: "x".repeat(5_000) })),
};

for (const [name, make] of Object.entries(BAD)) {
  test(`refused: ${name}`, async () => {
    assert.equal(await (await verifier())(await make()), undefined);
  });
}

test("key sets are fetched from public https hosts only", () => {
  assert.equal(whyNoKeySet("https://id.example.com/.well-known/jwks.json"), undefined);
  for (const url of [
    "http://id.example.com/jwks.json",
    "https://127.0.0.1/jwks.json",
    "https://[::1]/jwks.json",
    "https://2130706433/jwks.json",
    "https://0x7f.1/jwks.json",
    "https://localhost/jwks.json",
    "https://metadata.google.internal/jwks.json",
    "https://printer.local/jwks.json",
    "https://user:pw@id.example.com/jwks.json",
    "https://id.example.com:8443/jwks.json",
    "https://id.example.com\\@127.0.0.1/jwks.json",
    "https://id.example.com#@127.0.0.1/",
    "https://127.0.0.1;.example.com/jwks.json",
    "https://ID.example.com/jwks.json",
    "file:///etc/passwd",
    "",
  ])
    assert.notEqual(whyNoKeySet(url), undefined, url);
});
