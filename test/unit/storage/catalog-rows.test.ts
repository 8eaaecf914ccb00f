import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiKey, App } from "../../../functions/core/app/app.ts";
import { apiKeyOf, appOf, switchesOf } from "../../../functions/storage/catalog-rows.ts";

const SMALL: App = {
  id: "shop",
  createdAtMs: 1,
  origins: [],
  categories: {},
  providers: {},
  defaults: {},
  limits: {},
};
const LARGE: Required<App> = {
  ...SMALL,
  name: "Shop",
  disabled: true,
  origins: ["https://shop.example"],
  categories: { transactional: { ttlS: 60, channels: ["inApp"] }, own: { priority: "low" } },
  providers: {
    apns: { configuredAtMs: 2, summary: { teamId: "T" } },
    webpush: { configuredAtMs: 3, summary: {} },
  },
  clientAuth: { kind: "jwks", url: "https://id.example/keys", issuer: "i", audience: "a" },
  jwt: { configuredAtMs: 4, summary: {} },
  defaults: { icon: "https://shop.example/i.png", badgeIcon: "https://shop.example/b.png", sound: "ding" },
  limits: { requestsPerS: 5, maxTtlS: 6, maxAttempts: 7 },
};
const KEY: Required<ApiKey> = {
  app: "shop",
  id: "k1",
  hash: "h",
  scopes: ["send", "users"],
  createdAtMs: 1,
  name: "ci",
  revokedAtMs: 2,
  signed: true,
};
const appRow = (app: object) => ({ pk: "_apps", sk: "shop", ...app });
const keyRow = (key: object) => ({ pk: "shop", sk: "key#k1", ...key });

test("apps and keys are read as they were written, all optional fields or none", () => {
  for (const app of [SMALL, LARGE, { ...SMALL, clientAuth: { kind: "hs256" } as const }])
    assert.deepEqual(appOf(appRow(app)), app);
  const { name: _name, revokedAtMs: _revoked, signed: _signed, ...small } = KEY;
  for (const key of [KEY, small]) assert.deepEqual(apiKeyOf(keyRow(key)), key);
  assert.deepEqual(switchesOf({ pk: "shop", sk: "switch#pause", paused: { all: 10, apns: 11 } }), {
    all: 10,
    apns: 11,
  });
});

test("fields that only a newer version knows stay in the table", () => {
  assert.deepEqual(appOf(appRow({ ...SMALL, colour: "red" })), SMALL);
  assert.deepEqual(apiKeyOf(keyRow({ ...KEY, scopes: ["send", "fly"] })).scopes, ["send"]);
});

const without = (thing: object, field: string) =>
  Object.fromEntries(Object.entries(thing).filter(([name]) => name !== field));

test("a required field that is missing names the row and itself", () => {
  for (const field of Object.keys(SMALL))
    assert.throws(() => appOf(appRow(without(LARGE, field))), {
      message: `Catalog row _apps / shop: ${field} is missing`,
    });
  for (const field of ["app", "id", "hash", "scopes", "createdAtMs"])
    assert.throws(() => apiKeyOf(keyRow(without(KEY, field))), {
      message: `Catalog row shop / key#k1: ${field} is missing`,
    });
  assert.throws(() => switchesOf({ pk: "shop", sk: "switch#pause" }), {
    message: "Catalog row shop / switch#pause: paused is missing",
  });
});

const WRONG: [change: object, message: string][] = [
  [{ createdAtMs: "1" }, "createdAtMs is not a number"],
  [{ name: 7 }, "name is not a text"],
  [{ disabled: "no" }, "disabled is not true or false"],
  [{ origins: ["https://a.example", 7] }, "origins is not a list of texts"],
  [{ categories: [] }, "categories is not a map"],
  [{ providers: { apns: { summary: {} } } }, "providers.apns.configuredAtMs is missing"],
  [
    { providers: { apns: { configuredAtMs: 1, summary: { teamId: 1 } } } },
    "providers.apns.summary.teamId is not a text",
  ],
  [{ jwt: "set" }, "jwt is not a map"],
  [{ clientAuth: { kind: "jwks" } }, "clientAuth.url is missing"],
  [{ clientAuth: { kind: "oauth" } }, "clientAuth.kind is not known here"],
  [{ limits: { maxTtlS: null } }, "limits.maxTtlS is not a number"],
];

for (const [change, message] of WRONG)
  test(`an app whose ${message} is not read`, () => {
    assert.throws(() => appOf(appRow({ ...SMALL, ...change })), {
      message: `Catalog row _apps / shop: ${message}`,
    });
  });

test("a switch without a time is not read, and no value is told", () => {
  assert.throws(() => switchesOf({ pk: "shop", sk: "switch#pause", paused: { all: "secret" } }), {
    message: "Catalog row shop / switch#pause: paused.all is not a number",
  });
});
