import assert from "node:assert/strict";
import { createECDH, generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, test } from "node:test";
import { ADMIN_KEY, type Answer, startHttpWorld } from "../unit/platform/http-world.ts";
import { type HttpApp, type HttpWorld, makeHttpApp } from "./http-app.ts";

/** Texts that some store, queue or parser on the way does not take, in every place of every body. */
let world: HttpWorld;
let app: HttpApp;
before(async () => {
  world = await startHttpWorld();
  app = await makeHttpApp(world, "odd");
});
after(() => world.close());

const ODD: Record<string, (text: string) => string> = {
  "the first half of a character": (text) => `${text}\ud800`,
  "the second half of one": (text) => `\udc00${text}`,
  "halves the wrong way round": (text) => `${text}\udfff\ud800`,
  NUL: (text) => `${text}\u0000`,
  "U+FFFE": (text) => `${text}\ufffe`,
  "U+FFFF": (text) => `${text}\uffff`,
};

const p256dh = `B${"C".repeat(86)}`;
type Call = { fn: "send" | "manage" | "client"; route: string; key: () => string; body: object };
const apps = "/v1/apps/odd";
const pemOf = ({ privateKey }: { privateKey: KeyObject }) =>
  String(privateKey.export({ type: "pkcs8", format: "pem" }));
function vapid(): object {
  const ecdh = createECDH("prime256v1");
  const publicKey = ecdh.generateKeys("base64url");
  const privateKey = Buffer.from(ecdh.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url");
  return { publicKey, privateKey, subject: "mailto:a@example.com" };
}
const token = () => app.token("ann");
const CALLS: Record<string, Call> = {
  sendNotification: {
    fn: "send",
    route: "POST /v1/notifications",
    key: () => app.key,
    body: {
      to: { users: ["ann"] },
      category: "transactional",
      content: {
        title: "t",
        body: "b",
        titleLoc: { key: "k", args: ["a"] },
        data: { a: "b" },
        image: "https://example.com/i",
        sound: "s",
        actions: [{ id: "a", title: "t", url: "https://example.com/a" }],
        tag: "t",
        thread: "t",
        androidChannelId: "c",
        actionCategory: "c",
        metadata: { a: { b: ["c"] } },
        apns: { a: "b" },
        android: { a: "b" },
        webpush: { a: "b" },
      },
    },
  },
  saveUser: {
    fn: "manage",
    route: "PUT /v1/users/ann",
    key: () => app.key,
    body: { name: "Ann", locale: "de", zone: "Europe/Berlin", attributes: { a: "b" } },
  },
  registerDevice: {
    fn: "manage",
    route: "PUT /v1/users/ann/devices/d",
    key: () => app.key,
    body: {
      platform: "web",
      tokens: [
        { kind: "webpush", endpoint: "https://web.push.apple.com/x", keys: { p256dh, auth: "A".repeat(22) } },
      ],
      model: "m",
      os: "o",
      appVersion: "1",
      brand: "b",
    },
  },
  registerOwnDevice: {
    fn: "client",
    route: "PUT /v1/client/devices/d",
    key: token,
    body: { platform: "android", tokens: [{ kind: "fcmToken", token: "t".repeat(30) }] },
  },
  changeApp: {
    fn: "manage",
    route: `PATCH ${apps}`,
    key: () => ADMIN_KEY,
    body: {
      name: "n",
      origins: ["https://a.example"],
      categories: { news: { ttlS: 60 } },
      defaults: { icon: "https://example.com/i", sound: "s" },
    },
  },
  issueKey: {
    fn: "manage",
    route: `POST ${apps}/keys`,
    key: () => ADMIN_KEY,
    body: { name: "n", scopes: ["send"] },
  },
  setClientAuth: {
    fn: "manage",
    route: `PUT ${apps}/client-auth`,
    key: () => ADMIN_KEY,
    body: {
      kind: "jwks",
      url: "https://id.example.com/keys",
      issuer: "https://id.example.com",
      audience: "a",
    },
  },
  "setProvider: the secret of client tokens": {
    fn: "manage",
    route: `PUT ${apps}/providers/jwt`,
    key: () => ADMIN_KEY,
    body: { secret: "s".repeat(40) },
  },
  "setProvider: a VAPID pair": {
    fn: "manage",
    route: `PUT ${apps}/providers/webpush`,
    key: () => ADMIN_KEY,
    body: vapid(),
  },
  "setProvider: FCM": {
    fn: "manage",
    route: `PUT ${apps}/providers/fcm`,
    key: () => ADMIN_KEY,
    body: {
      project_id: "my-app-1a2b3",
      client_email: "push@example.com",
      private_key_id: "k",
      private_key: pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 })),
    },
  },
  "setProvider: APNs": {
    fn: "manage",
    route: `PUT ${apps}/providers/apns`,
    key: () => ADMIN_KEY,
    body: {
      teamId: "TEAM123456",
      keyId: "KEY1234567",
      bundleId: "com.example",
      privateKey: pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" })),
    },
  },
};

type Place = { pointer: string; changed: (odd: (text: string) => string) => object };

/** Every text and every name in a document, and the document with that one changed. */
function placesIn(document: object): Place[] {
  const places: Place[] = [];
  const visit = (value: unknown, pointer: string, put: (next: unknown) => unknown): void => {
    if (typeof value === "string") places.push({ pointer, changed: (odd) => put(odd(value)) as object });
    if (Array.isArray(value))
      value.forEach((item, n) => {
        visit(item, `${pointer}/${n}`, (next) => put(value.with(n, next)));
      });
    else if (value !== null && typeof value === "object")
      for (const [name, held] of Object.entries(value)) {
        visit(held, `${pointer}/${name}`, (next) => put({ ...value, [name]: next }));
        places.push({ pointer, changed: (odd) => put({ ...value, [odd(name)]: held }) as object });
      }
  };
  visit(document, "", (next) => next);
  return places;
}

const pointersOf = ({ body }: Answer) =>
  ((body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer);

for (const [id, { fn, route, key, body }] of Object.entries(CALLS)) {
  test(`${id}: an odd text is taken or refused by the name of its field`, async () => {
    let tried = 0;
    for (const { pointer, changed } of placesIn(body))
      for (const [what, odd] of Object.entries(ODD)) {
        const answer = await world.call(fn, route, { key: key(), body: changed(odd) });
        const told = `${what} at ${pointer || "/"}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
        assert.ok(answer.status < 500 && answer.status !== 429, told);
        tried++;
        const { code } = answer.body as { code?: string };
        if (code === "invalid_request")
          assert.ok(
            pointersOf(answer).some((found) => found !== "" && isOneWith(found, pointer)),
            told,
          );
      }
    assert.ok(tried >= 6, `${tried} tried`);
  });
}

const UNDEFINED_NAMES = [
  "constructor",
  "prototype",
  "toString",
  "toJSON",
  "hasOwnProperty",
  "__defineGetter__",
];

/** The field, or the one that it lies in. */
const isOneWith = (found: string, pointer: string): boolean =>
  found.startsWith(pointer) || pointer.startsWith(found);

test("names of Object's own are texts like others, and change nothing for anybody", async () => {
  const odd = Object.fromEntries(UNDEFINED_NAMES.map((name) => [name, `<${name}>`]));
  const saved = await world.call("manage", "PUT /v1/users/oddly", {
    key: app.key,
    body: { attributes: odd },
  });
  assert.ok(saved.status < 300, JSON.stringify(saved.body));
  const shown = await world.call("manage", "GET /v1/users/oddly", { key: app.key });
  assert.deepEqual((shown.body as { attributes?: object }).attributes, odd);
  const sent = await world.call("send", "POST /v1/notifications", {
    key: app.key,
    body: { to: { users: ["oddly"] }, content: { title: "t", data: odd, metadata: { deep: odd } } },
  });
  assert.equal(sent.status, 202, JSON.stringify(sent.body));
  for (const field of UNDEFINED_NAMES) {
    const answer = await world.call("send", "POST /v1/notifications", {
      key: app.key,
      body: { to: { users: ["oddly"] }, content: { title: "t" }, [field]: { polluted: true } },
    });
    assert.deepEqual([answer.status, pointersOf(answer)], [400, [`/${field}`]]);
    const category = { to: { users: ["oddly"] }, content: { title: "t" }, category: field };
    const unknown = await world.call("send", "POST /v1/notifications", { key: app.key, body: category });
    assert.equal((unknown.body as { code?: string }).code, "unknown_category");
  }
});

/** Every spelling of the one name that changes what an object is. */
const PROTOTYPES = [
  '{"__proto__":{"polluted":true}}',
  '{"to":{"users":["a"]},"content":{"title":"t","data":{"__proto__":{"polluted":"x"}}}}',
  '{"to":{"users":["a"],"__proto__":{"everyone":true}},"content":{"title":"t"}}',
  '{"content":{"metadata":{"a":[{"\\u005f_proto__":{"polluted":true}}]}}}',
  '{"attributes":{"__proto__":{"polluted":true}}}',
  '{"attributes":{"constructor":{"prototype":{"polluted":true}}}}',
  '{"content":{"title":"t","apns":{"constructor":{"prototype":{"polluted":true}}}},"to":{"users":["a"]}}',
];

test("no spelling of __proto__ gets in, and nothing is polluted", async () => {
  for (const text of PROTOTYPES)
    for (const [fn, route] of [
      ["send", "POST /v1/notifications"],
      ["send", "POST /v1/notifications:batch"],
      ["manage", "PUT /v1/users/a"],
      ["manage", "POST /v1/users:bulk"],
      ["manage", "PUT /v1/users/a/devices/d"],
    ] as const) {
      const answer = await world.call(fn, route, { key: app.key, text });
      assert.ok(answer.status < 500, `${route} ${text}: ${answer.status}`);
      if (/proto__/.test(text)) {
        const each = (answer.body as { results?: { status: number }[] }).results;
        assert.ok(
          answer.status === 400 || each?.every(({ status }) => status === 400),
          `${route} ${text}: ${answer.status}`,
        );
      }
    }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(([] as { polluted?: unknown }).polluted, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test("of two fields of one name the last counts, each time, and for the comparison of bodies too", async () => {
  const text = (id: string, titles: string[]) =>
    `{"id":"${id}","to":{"users":["x"],"users":["twice"]},"content":{${titles.map((title) => `"title":"${title}"`).join()}}}`;
  const post = (body: string) => world.call("send", "POST /v1/notifications", { key: app.key, text: body });
  assert.equal((await post(text("twice-1", ["first", "last"]))).status, 202);
  assert.equal((await post(text("twice-1", ["other", "last"]))).status, 202, "the same notification again");
  assert.equal((await post(text("twice-1", ["last", "first"]))).status, 422, "another one");
  const { body } = await world.call("manage", "GET /v1/notifications/twice-1", { key: app.key });
  assert.equal((body as { recipients?: { asked?: number } }).recipients?.asked, 1);
});
