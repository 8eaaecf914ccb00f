import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VENDOR_KINDS } from "../../functions/core/token-kinds.ts";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { VENDOR_TOKENS, vendorCredentials } from "../../local/demo/vendors.ts";
import { VENDOR_FAKES, type VendorFakeName } from "../../local/fakes/faults.ts";
import { type PostedEvent, type VendorPost, vendorPost } from "../../local/fakes/vendor-posts.ts";
import {
  atApns,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  statementWith,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** What vendors post after they took a message: by the real public route, through the queue, to what people see of it. */
let world: World;
let app: TestApp;
let credentials: Record<VendorFakeName, Record<string, unknown>>;
const paths = {} as Record<VendorFakeName, string>;

/** Vendors that hand back what a message gave them. */
const NAMES_IT = new Set<VendorFakeName>(["hms", "honor", "mi", "oppo", "vivo", "meizu", "jpush"]);
/** Vendors that are told an address with each message. */
const CARRIES_URL = ["mi", "oppo", "vivo", "meizu", "jpush", "umeng"];
const TELLS_DEAD = ["hms", "honor", "mi", "oppo", "getui"] as const;

let numbers = 0;
/** A person with one handset, found again by its token. */
async function someone(user: string, kind: (typeof VENDOR_KINDS)[number]): Promise<string> {
  const token = VENDOR_TOKENS[kind](++numbers);
  const platform = kind === "hmsNext" ? "harmony" : "android";
  await person(app, user, { phone: { platform, tokens: [{ kind, token }] } });
  return token;
}
const fakeOf = (kind: (typeof VENDOR_KINDS)[number]): VendorFakeName => (kind === "hmsNext" ? "hms" : kind);
const sentTo = (name: VendorFakeName, token: string) =>
  world.fakes[name].received.find((received) => received.token === token)!;
const postOf = (name: VendorFakeName, event: PostedEvent, token: string): VendorPost => {
  const facts = { credentials: credentials[name], atMs: world.runtime.clock.now() };
  const post = vendorPost(name, event, { sent: sentTo(name, token), ...facts });
  assert.ok(post, `${name} does not tell of ${event}`);
  return post;
};
const post = (url: string, { headers, body }: Pick<VendorPost, "headers" | "body">) =>
  fetch(url, { method: "POST", headers, body });
const urlOf = (name: VendorFakeName) => world.runtime.apiUrl + paths[name];
type Explanation = { sentence: string; receipts?: Record<string, string> };
const explain = (id: unknown, who: string) =>
  app.api.ok("GET", `/v1/notifications/${id}/recipients/${who}`) as Promise<Explanation>;
const isDelivered = async (id: unknown, who: string) =>
  (await explain(id, who)).receipts?.["delivered"] !== undefined;
const statusOf = async (user: string) => {
  const { devices } = await app.api.ok("GET", `/v1/users/${user}`);
  return (devices as { status: string }[])[0]?.status;
};
const metricsOf = (event: string) =>
  world.logs
    .filter((line) => line.includes('"Receipts"') && line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as { provider: string; Receipts: number });

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "receipts");
  credentials = vendorCredentials(app.id);
  credentials.hms["callback"] = { user: "clarion", secret: "a-callback-secret" };
  credentials.meizu["receiptToken"] = "an-access-token";
  for (const name of VENDOR_FAKES) {
    credentials[name]["receipts"] = true;
    world.fakes[name].trust(credentials[name]);
    const body = { ...credentials[name], categories: { marketing: {} } };
    const { receiptPath } = await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/${name}`, body);
    paths[name] = String(receiptPath);
  }
  await configureAddresses(world.admin, app.id);
});
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
  const token = VENDOR_TOKENS.mi(++numbers);
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

test("a path that is not ours leads nowhere, whatever is wrong with it", async () => {
  const token = await someone("cid", "mi");
  const sent = await notify(app, "path", { to: { users: ["cid"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  const receipt = postOf("mi", "dead", token);
  const own = urlOf("mi");
  const nobodys = [
    own.replace(/.$/, own.endsWith("A") ? "B" : "A"),
    own.replace("/receipts/mi/", "/receipts/oppo/"),
    own.replace("/receipts/mi/", "/receipts/apns/"),
    own.replace("/receipts/mi/", "/receipts/constructor/"),
    own.replace(`/apps/${app.id}/`, "/apps/another/"),
  ];
  const answers = await Promise.all(
    nobodys.map(async (url) => {
      const answer = await post(url, receipt);
      return [answer.status, await answer.text()];
    }),
  );
  // API Gateway has looked at none of them: a right path and a wrong one are answered alike.
  const right = await post(own, { headers: receipt.headers, body: "hello-there=1" });
  for (const answer of answers) assert.deepEqual(answer, [right.status, await right.clone().text()]);
  const told = (words: string) => world.logs.filter((line) => line.includes(words));
  await until("each is passed over", () => told("nobody's receipts").length === nobodys.length);
  await until("the unreadable one is told", () => told("expected a form with the field data").length === 1);
  await until("and counted", () => metricsOf("unreadable").length === 1);
  assert.deepEqual([...told("hello-there"), ...told("/another")], []);
  assert.equal(await statusOf("cid"), "active");
});

test("what a queue cannot hold is refused: a type that no vendor posts, more than fits", async () => {
  const own = urlOf("mi");
  const typed = (type: string, body = "x") => post(own, { headers: { "content-type": type }, body });
  assert.equal((await typed("multipart/form-data; boundary=x")).status, 415);
  const form = "application/x-www-form-urlencoded;charset=UTF-8";
  const large = await typed(form, "x".repeat(787_000));
  assert.equal(large.status, 413);
  assert.equal(large.headers.get("content-type"), "application/problem+json");
  assert.partialDeepStrictEqual(await large.json(), { status: 413, code: "body_too_large" });
  assert.equal((await typed(form, "x".repeat(780_000))).status, 200);
  const other = await fetch(own);
  assert.equal(other.status, 404, "a GET is the public function's to answer");
});

test("vendors' posts outlive their reader: what was answered is read when it can be", async () => {
  const token = await someone("kim", "mi");
  const sent = await notify(app, "kept", { to: { users: ["kim"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  world.expectTrouble(/Receipts.*(denied|not authorized)|message failed.*"queue":"receipts"/);
  const right = statementWith(world, "Receipts", "sqs:SendMessage");
  const putBack = world.runtime.door.dropStatement(right.id);
  assert.equal((await post(urlOf("mi"), postOf("mi", "delivered", token))).status, 200);
  await until("its reader fails", () => world.logs.some((line) => line.includes("message failed")));
  assert.equal(await isDelivered(sent["id"], "kim"), false);
  putBack();
  await world.advance(10_000);
  await until("it is told", async () => isDelivered(sent["id"], "kim"));
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
