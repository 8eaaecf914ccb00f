import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VENDOR_KINDS } from "../../functions/core/token-kinds.ts";
import { VENDOR_FAKES, type VendorFakeName } from "../../local/fakes/faults.ts";
import { type VendorPost, vendorPost } from "../../local/fakes/vendor-posts.ts";
import { atApns, ended, iphone, notify, person, until } from "./harness.ts";
import {
  app,
  credentials,
  explain,
  isDelivered,
  metricsOf,
  newToken,
  paths,
  post,
  postOf,
  sentTo,
  someone,
  startVendors,
  statusOf,
  urlOf,
  world,
} from "./vendor-posts.ts";

/** What vendors post after they took a message: by the real public route, through the queue, to what people see of it. */
/** Vendors that hand back what a message gave them. */
const NAMES_IT = new Set<VendorFakeName>(["hms", "honor", "mi", "oppo", "vivo", "meizu", "jpush"]);
/** Vendors that are told an address with each message. */
const CARRIES_URL = ["mi", "oppo", "vivo", "meizu", "jpush", "umeng"];
const TELLS_DEAD = ["hms", "honor", "mi", "oppo", "getui"] as const;
const fakeOf = (kind: (typeof VENDOR_KINDS)[number]): VendorFakeName => (kind === "hmsNext" ? "hms" : kind);

before(startVendors);
after(() => world.close());

test("the app shows where each vendor posts, and shows nothing of the others", async () => {
  const { providers } = (await app.api.ok("GET", `/v1/apps/${app.id}`)) as {
    providers: Record<string, { receiptPath?: string }>;
  };
  for (const name of VENDOR_FAKES) {
    assert.equal(providers[name]?.receiptPath, paths[name], name);
    assert.match(paths[name], new RegExp(`^/v1/public/apps/${app.id}/receipts/${name}/[\\w-]{22}$`));
  }
  assert.equal(providers["apns"]?.receiptPath, undefined);
  assert.equal(new Set(Object.values(paths)).size, VENDOR_FAKES.length);
});

test("delivered: every vendor's receipt is believed, and shows where the vendor names the notification", async () => {
  const people = await Promise.all(
    VENDOR_KINDS.map(async (kind) => ({
      kind,
      user: `ann-${kind}`,
      token: await someone(`ann-${kind}`, kind),
    })),
  );
  const sent = await notify(app, "到了", {
    to: { users: people.map(({ user }) => user) },
    channels: ["mobilePush"],
  });
  await ended(app, sent["id"]);
  for (const { kind, token } of people) {
    const name = fakeOf(kind);
    const receipt = postOf(name, "delivered", token);
    assert.equal(receipt.url, CARRIES_URL.includes(name) ? urlOf(name) : undefined, name);
    const answer = await post(receipt.url ?? urlOf(name), receipt);
    assert.equal(answer.status, 200, name);
    assert.deepEqual(await answer.json(), { code: "0", message: "success", errno: "0", errmsg: "success" });
  }
  for (const { kind, user } of people.filter((one) => NAMES_IT.has(fakeOf(one.kind))))
    await until(`${kind} shows that it arrived`, async () => await isDelivered(sent["id"], user));
  await until("all are counted", () => metricsOf("delivered").length === VENDOR_KINDS.length);
  assert.deepEqual(
    new Set(metricsOf("delivered").map(({ provider }) => provider)),
    new Set<string>(VENDOR_FAKES),
  );
});

test("clicked: what was opened by a vendor's notification is read in the inbox", async () => {
  const token = newToken("mi");
  await person(app, "dee", {
    phone: { platform: "android", tokens: [{ kind: "mi", token }] },
    iphone: iphone("dee"),
  });
  const badge = async (title: string, channels: string[]): Promise<unknown> => {
    const content = { title, apple: { badge: "unread" } };
    const sent = await notify(app, title, { to: { users: ["dee"] }, channels, content });
    await ended(app, sent["id"]);
    return (atApns(world, title)[0]!.payload as { aps: { badge?: number } }).aps.badge;
  };
  assert.equal(await badge("opened later", ["inApp", "mobilePush"]), 1);
  const opened = postOf("mi", "clicked", token);
  assert.equal((await post(urlOf("mi"), opened)).status, 200);
  let looks = 0;
  await until("it is read", async () => (await badge(`look ${++looks}`, ["mobilePush"])) === 0);
});

test("a code that the operator knows better says what they say", async () => {
  const token = await someone("eli", "oppo");
  const sent = await notify(app, "own code", { to: { users: ["eli"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  const arrived = postOf("oppo", "delivered", token);
  const unheard = { ...arrived, body: arrived.body.replace("push_arrive", "push_shown_v9") };
  assert.equal((await post(urlOf("oppo"), unheard)).status, 200);
  await until("it has no consequence yet", () => metricsOf("other").length === 1);
  const body = {
    ...credentials.oppo,
    categories: { marketing: {} },
    receiptCodes: { push_shown_v9: "displayed" },
  };
  await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/oppo`, body);
  await world.advance(61_000); // credentials are read again after a minute
  assert.equal((await post(urlOf("oppo"), unheard)).status, 200);
  await until(
    "it is told",
    async () => (await explain(sent["id"], "eli")).receipts?.["displayed"] !== undefined,
  );
});

test("dead: the vendor's receipt removes the token, and leaves one that was registered again", async () => {
  const people = await Promise.all(
    TELLS_DEAD.map(async (name) => ({
      name,
      user: `bob-${name}`,
      token: await someone(`bob-${name}`, name),
    })),
  );
  const sent = await notify(app, "gone", {
    to: { users: people.map(({ user }) => user) },
    channels: ["mobilePush"],
  });
  await ended(app, sent["id"]);
  // Honor, Huawei and OPPO name the time of what they tell: this one is older than the registration.
  const late = vendorPost("oppo", "dead", {
    sent: sentTo("oppo", people.find(({ name }) => name === "oppo")!.token),
    credentials: credentials.oppo,
    atMs: world.runtime.clock.now() - 3_600_000,
  })!;
  assert.equal((await post(urlOf("oppo"), late)).status, 200);
  await until("it is counted", () => metricsOf("dead").length === 1);
  assert.equal(await statusOf("bob-oppo"), "active");
  for (const { name, token } of people)
    assert.equal((await post(urlOf(name), postOf(name, "dead", token))).status, 200);
  // Judged together: a burst of them would be a wrong configuration.
  await world.advance(11 * 60_000);
  for (const { name, user } of people)
    await until(`${name}'s is gone`, async () => (await statusOf(user)) === "unregistered");
});

test("a post without the proof that is due has no effect", async () => {
  const forged: { name: VendorFakeName; change(receipt: VendorPost): VendorPost }[] = [
    { name: "hms", change: (receipt) => ({ ...receipt, headers: {} }) },
    {
      name: "hms",
      change: ({ headers, ...rest }) => ({
        ...rest,
        headers: {
          ...headers,
          "x-huawei-callback-id": headers["x-huawei-callback-id"]!.replace("value=", "value=A"),
        },
      }),
    },
    {
      name: "getui",
      change: ({ body, ...rest }) => ({ ...rest, body: body.replace('"RASS_1"', '"RASS_2"') }),
    },
    { name: "jpush", change: ({ headers: _none, ...rest }) => ({ ...rest, headers: {} }) },
    {
      name: "meizu",
      change: ({ body, ...rest }) => ({ ...rest, body: body.replace("an-access-token", "another") }),
    },
  ];
  for (const [index, { name, change }] of forged.entries()) {
    const user = `dan-${index}`;
    const token = await someone(user, name);
    const sent = await notify(app, "forged", { to: { users: [user] }, channels: ["mobilePush"] });
    await ended(app, sent["id"]);
    const refused = metricsOf("unproved").length;
    assert.equal((await post(urlOf(name), change(postOf(name, "delivered", token)))).status, 200);
    await until(`${name} is refused`, () => metricsOf("unproved").length === refused + 1);
    assert.equal(await isDelivered(sent["id"], user), false, name);
  }
});

test("Huawei's nonce counts once: with another body it is refused, the same post changes nothing", async () => {
  const [first, second] = [await someone("eve", "hms"), await someone("fay", "hms")];
  const sent = await notify(app, "twice", { to: { users: ["eve", "fay"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  const own = postOf("hms", "delivered", first);
  const stolen = { ...postOf("hms", "delivered", second), headers: own.headers };
  const delivered = metricsOf("delivered").length;
  await post(urlOf("hms"), own);
  await until("the first is taken", async () => isDelivered(sent["id"], "eve"));
  const shown = await explain(sent["id"], "eve");
  const refused = metricsOf("unproved").length;
  await post(urlOf("hms"), stolen);
  await until("the second is refused", () => metricsOf("unproved").length === refused + 1);
  await post(urlOf("hms"), own);
  await until("the first is taken again", () => metricsOf("delivered").length === delivered + 2);
  assert.deepEqual(await explain(sent["id"], "eve"), shown);
  assert.equal(await isDelivered(sent["id"], "fay"), false);
});

test("a ladder: a vendor's receipt prevents the text message", async () => {
  const tokens = { gil: await someone("gil", "mi"), hal: await someone("hal", "mi") };
  const phones = { gil: "+4915110000001", hal: "+4915110000002" };
  for (const [user, phone] of Object.entries(phones)) await app.api.ok("PUT", `/v1/users/${user}`, { phone });
  const sent = await notify(app, "code", {
    to: { users: ["gil", "hal"] },
    channels: ["mobilePush"],
    ladder: [{ channels: ["sms"], afterS: 300 }],
  });
  await until("both handsets", () =>
    Object.values(tokens).every((token) => sentTo("mi", token) !== undefined),
  );
  await post(urlOf("mi"), postOf("mi", "delivered", tokens.gil));
  await until("the receipt is kept", async () => isDelivered(sent["id"], "gil"));
  await world.advance(310_000);
  const texts = (number: string) =>
    world.runtime.door.sns.messages.filter(({ token }) => token === number).length;
  await until("hal's text message", () => texts(phones.hal) === 1);
  await ended(app, sent["id"]);
  assert.equal(texts(phones.gil), 0);
});
