import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiKey } from "../../../../functions/core/app/app.ts";
import { AppInput } from "../../../../functions/core/app/app-input.ts";
import { issueKey } from "../../../../functions/core/app/issue-key.ts";
import {
  removeProvider,
  type SetProviderPorts,
  setProvider,
} from "../../../../functions/core/app/set-provider.ts";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { parse } from "../../../../functions/core/errors/parse.ts";
import { sha256Hex } from "../../../../functions/core/hash.ts";

function keyring() {
  const keys: ApiKey[] = [];
  let count = 0;
  return {
    keys,
    ports: {
      now: () => 7,
      async *apiKeys() {
        yield* keys;
      },
      createApiKey: async (key: ApiKey) => {
        keys.push(key);
      },
      newKeyId: () => `key${String(count++).padStart(5, "0")}`,
      newSecret: () => "s".repeat(43),
    },
  };
}

test("a key's text names app and key and carries the secret; only the secret's hash is kept", async () => {
  const { keys, ports } = keyring();
  const { text } = await issueKey(ports, "shop", { scopes: ["send", "send"] });
  assert.equal(text, `ck_shop.key00000.${"s".repeat(43)}`);
  assert.deepEqual(keys, [
    {
      app: "shop",
      id: "key00000",
      hash: sha256Hex("s".repeat(43)),
      scopes: ["send"],
      createdAtMs: 7,
      name: "default",
    },
  ]);
});

test("two live keys of one name, fifty in all; revoked ones do not count", async () => {
  const { keys, ports } = keyring();
  const issue = (name?: string) => issueKey(ports, "shop", { scopes: ["read"], ...(name && { name }) });
  await issue();
  await issue();
  await assert.rejects(issue(), { code: "limit_reached" });
  keys[0]!.revokedAtMs = 8;
  await issue();
  for (let index = 0; index < 48; index++) await issue(`n${index}`);
  await assert.rejects(issue("another"), { code: "limit_reached" });
});

test("credentials: the secret stands before the app offers the provider, and goes after it", async () => {
  const calls: string[] = [];
  const app = {
    id: "shop",
    createdAtMs: 1,
    origins: [],
    categories: {},
    providers: {},
    defaults: {},
    limits: {},
  };
  let tried: Outcome | undefined;
  const asked = { dryRun: true };
  const ports: SetProviderPorts = {
    now: () => 7,
    newVapidPair: async () => assert.fail("not asked for"),
    checkServiceAccount: async () => assert.fail("not FCM"),
    tryCredentials: async () => tried,
    addedSizes: async () => undefined,
    writeCredentials: async (_app, name) => {
      calls.push(`write ${name}`);
    },
    removeCredentials: async (_app, name) => {
      calls.push(`delete ${name}`);
    },
    isSet: async () => true,
    setup: async (_app, _name, setup) => {
      calls.push(setup ? `offer ${JSON.stringify(setup.summary)}` : "withdraw");
      return app;
    },
  };
  await setProvider(ports, "shop", "jwt", { secret: "x".repeat(32) }, asked);
  await removeProvider(ports, "shop", "jwt");
  assert.deepEqual(calls, ["write jwt", "offer {}", "withdraw", "delete jwt"]);
  await assert.rejects(setProvider(ports, "shop", "jwt", { secret: "short" }, asked), {
    code: "invalid_request",
  });
  assert.equal(calls.length, 4);
  const again = setProvider(
    ports,
    "shop",
    "webpush",
    { generate: true, subject: "mailto:ops@shop.example" },
    asked,
  );
  await assert.rejects(again, { code: "conflict" });
  assert.equal(calls.length, 4, "a pair in use was replaced");
  const mi = { appSecret: "s".repeat(16), packageName: "com.example.shop" };
  tried = { kind: "misconfigured", status: 401, reason: "21301" };
  const refused = setProvider(ports, "shop", "mi", mi, asked);
  await assert.rejects(refused, { code: "provider_refused", message: /mi refuses.*21301.*dryRun=false/ });
  assert.equal(calls.length, 4, "what its provider refuses is not stored");
  await setProvider(ports, "shop", "mi", mi, { dryRun: false });
  assert.equal(calls.length, 6);
  tried = { kind: "retry", reason: "connect_ECONNREFUSED" };
  const { warnings } = await setProvider(ports, "shop", "mi", mi, asked);
  assert.match(warnings[0] ?? "", /could not be asked.*connect_ECONNREFUSED.*untried/);
  tried = undefined;
  const saved = async (more: object) =>
    (await setProvider(ports, "shop", "mi", { ...mi, ...more }, asked)).warnings;
  assert.match((await saved({})).join(), /^marketing is not classified: say in `categories`/);
  assert.match(
    (await saved({ categories: { social: { channel_id: "1" } } })).join(),
    /^marketing is not classified/,
  );
  assert.deepEqual(await saved({ categories: { marketing: { channel_id: "2" } } }), []);
});

test("origins are origins: no path, no wildcard, http for one's own machine only", () => {
  const app = (origin: string) => parse(AppInput, { id: "shop", origins: [origin] });
  for (const good of ["https://shop.example", "https://shop.example:8443", "http://localhost:3000"])
    app(good);
  for (const bad of [
    "https://shop.example/",
    "http://shop.example",
    "*",
    "https://*.shop.example",
    "null",
    "",
  ])
    assert.throws(() => app(bad), { code: "invalid_request" }, bad);
});
