import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { App } from "../../../functions/core/app/app.ts";
import { type Credentials, parseCredentials, summaryOf } from "../../../functions/core/app/provider-input.ts";
import type { VendorName } from "../../../functions/core/credentials/vendors.ts";
import type { Message, SendMany, Target } from "../../../functions/core/dispatch/provider.ts";
import type { Content } from "../../../functions/core/notification/content.ts";
import type { CredentialsOf } from "../../../functions/platform/credentials.ts";
import { sizeWarnings } from "../../../functions/platform/payload-guard.ts";
import { vendorProvider } from "../../../functions/platform/sources/vendors.ts";
import { addedBySettings } from "../../../functions/platform/vendor-sizes.ts";
import { memoryTokens, message } from "../../contract/provider-world.ts";
import { notificationOf } from "../core/plan/world.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const serviceAccount = {
  project_id: "p",
  key_id: "k",
  sub_account: "s",
  private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
};

/** A message's measured part, settings that lengthen it, and the kind of token that it goes to. */
type Case = {
  name: VendorName;
  credentials: object;
  kind: Target["kind"];
  /** What the warning says of this part. */
  says: RegExp;
  settings: object;
};

const SAID = { all: /^\/content: makes a message of/, data: /^\/content\/data: makes/ };
const CASES: Case[] = [
  {
    name: "hms",
    credentials: { appId: "1", clientSecret: "c", serviceAccount },
    kind: "hms",
    says: SAID.all,
    settings: {
      categories: { transactional: { notification: { channel_id: "orders" } } },
      extra: { android: { fast_app_target: 1 } },
      badgeClass: "com.example.shop.MainActivity",
    },
  },
  {
    name: "hms",
    credentials: { appId: "1", clientSecret: "c", serviceAccount },
    kind: "hmsNext",
    says: /makes for HarmonyOS 5/,
    settings: { categories: { transactional: { category: "WORK_AND_MORE" } }, extra: { testMessage: true } },
  },
  {
    name: "honor",
    credentials: { appId: "1", clientId: "i", clientSecret: "c" },
    kind: "honor",
    says: SAID.all,
    settings: {
      categories: { transactional: { targetUserType: 1 } },
      extra: { own: "x".repeat(300) },
      badgeClass: "com.example.shop.MainActivity",
    },
  },
  {
    name: "mi",
    credentials: { appSecret: "s", packageName: "com.example.app" },
    kind: "mi",
    says: SAID.data,
    settings: { extra: { "extra.channel_id": "c" } },
  },
  {
    name: "oppo",
    credentials: { appKey: "k", masterSecret: "m" },
    kind: "oppo",
    says: SAID.data,
    settings: { categories: { transactional: { channel_id: "c" } } },
  },
  {
    name: "vivo",
    credentials: { appId: "1", appKey: "k", appSecret: "s" },
    kind: "vivo",
    says: SAID.data,
    settings: { extra: { clientCustomMap: { own: "字".repeat(40) } } },
  },
  {
    name: "jpush",
    credentials: { appKey: "k", masterSecret: "m" },
    kind: "jpush",
    says: /makes for iPhones/,
    settings: {
      categories: { transactional: { notification: { ios: { "interruption-level": "active" } } } },
    },
  },
  {
    name: "getui",
    credentials: { appId: "i", appKey: "k", masterSecret: "m" },
    kind: "getui",
    says: SAID.data,
    settings: { extra: { settings: { speed: 1 } } },
  },
  {
    name: "umeng",
    credentials: { appKey: "k", masterSecret: "m" },
    kind: "umeng",
    says: SAID.all,
    settings: { extra: { payload: { extra: { own: "字".repeat(50) } } } },
  },
];

const NOTHING_OPENS = () => assert.fail("nothing is sent in this test");
const filled = (bytes: number): Content => ({
  title: "标题",
  body: "b",
  badgeCount: 7,
  data: { filler: "x".repeat(bytes) },
});

const appWith = (name: VendorName, credentials: Credentials): App => {
  const added = addedBySettings(name, credentials);
  const setup = { configuredAtMs: 0, summary: summaryOf(name, credentials), ...(added && { added }) };
  return { providers: { [name]: setup } } as unknown as App;
};

const said = (app: App, content: Content, over: { category?: string } = {}) =>
  sizeWarnings(app, notificationOf({ channels: ["mobilePush"], ...over }), { to: { users: ["u"] }, content });

/** The longest filler that is not warned of. */
async function longest(app: App, says: RegExp): Promise<number> {
  let [fits, tooLong] = [1, 20_000];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const warned = (await said(app, filled(middle))).some((warning) => says.test(warning));
    if (warned) tooLong = middle;
    else fits = middle;
  }
  return fits;
}

/** What the dispatcher's provider makes of the same message. */
async function isRefused({ name, kind }: Case, credentials: object, content: Content): Promise<boolean> {
  const provider = await vendorProvider(name, {
    app: "a",
    credentials: credentials as CredentialsOf<typeof name>,
    open: NOTHING_OPENS,
    tokens: memoryTokens(),
    now: () => 1_750_000_000_000,
  });
  const { id, category, createdAtMs } = notificationOf({});
  const sent: Message = message({ notificationId: id, category, createdAtMs, content });
  const prepared = (await provider.prepare(sent)) as SendMany;
  const to: Target = { user: "u", device: "d", kind, token: "t", messageId: "m" };
  const [outcome] = await prepared.send([to], { deadlineMs: 1_750_000_000_000 });
  provider.close();
  return outcome?.reason === "payload_too_large";
}

for (const one of CASES) {
  for (const settings of [{}, one.settings]) {
    const which = Object.keys(settings).length === 0 ? "no settings" : "settings of its own";
    test(`${one.name} (${one.kind}), ${which}: warned of to the byte where its provider refuses`, async () => {
      const credentials = parseCredentials(one.name, { ...one.credentials, ...settings });
      const fitting = await longest(appWith(one.name, credentials), one.says);
      const refused = [fitting, fitting + 1].map((bytes) => isRefused(one, credentials, filled(bytes)));
      assert.deepEqual(await Promise.all(refused), [false, true]);
    });
  }
}

test("a warning names the part, what it has and what is taken; several vendors have one each", async () => {
  const setup = { configuredAtMs: 0, summary: {} };
  const app = { providers: { fcm: setup, vivo: setup, jpush: setup, meizu: setup } } as unknown as App;
  assert.deepEqual(await said(app, filled(900)), []);
  const warnings = await said(app, filled(1_900));
  assert.deepEqual(
    warnings.map((warning) => warning.replace(/ [\d,]+ (bytes|characters)/, " n $1")),
    [
      "/content/data: makes n characters; vivo takes 1,024, and is not sent it",
      "/content: makes for iPhones n bytes; jpush takes 2,000, and is not sent it",
    ],
  );
});

test("settings count for their category; where there are very many, the longest counts for all", () => {
  const categories = { order: { notification: { android: { own: "x".repeat(100) } } }, constructor: {} };
  const added = addedBySettings("jpush", { categories, extra: { notification: { android: { a: 1 } } } });
  assert.deepEqual(added, {
    android: { "*": 6, order: 115, constructor: 6 },
    ios: { "*": 0, order: 0, constructor: 0 },
  });
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`c${n}`, { notification: { android: { own: "x".repeat(n) } } }]),
  );
  assert.deepEqual(addedBySettings("jpush", { categories: many }), { android: { "*": 68 }, ios: { "*": 0 } });
  assert.equal(addedBySettings("jpush", { categories: { order: { options: { a: 1 } } } }), undefined);
  assert.equal(addedBySettings("meizu", { extra: { own: "x" } }), undefined);
});

test("nothing is measured for topics, Live Activities, other channels and apps without vendors", async () => {
  const setup = { configuredAtMs: 0, summary: {} };
  const app = { providers: { vivo: setup } } as unknown as App;
  const long = filled(5_000);
  assert.equal((await said(app, long)).length, 1);
  const others: [Parameters<typeof sizeWarnings>[0], object, object][] = [
    [app, { channels: ["webPush"] }, { to: { users: ["u"] }, content: long }],
    [app, { channels: ["mobilePush"] }, { to: { fcmTopic: "news" }, content: long }],
    [{ providers: { fcm: setup } } as unknown as App, {}, { to: { users: ["u"] }, content: long }],
  ];
  for (const [of, change, body] of others) {
    const told = await sizeWarnings(of, notificationOf(change), body as Parameters<typeof sizeWarnings>[2]);
    assert.deepEqual(told, []);
  }
});
