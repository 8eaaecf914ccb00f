import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { ended, makeApp, notify, startWorld, type TestApp, until, type World } from "./harness.ts";

/** Mail, text messages and webhooks, from the request to what arrives. */
let world: World;
let app: TestApp;
let secret: string;

const HOOK = "https://hooks.receiver.example/shop";

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "post");
  secret = await configureAddresses(world.admin, app.id);
  world.fakes.webhook.secrets.set(HOOK, secret);
});
after(() => world.close());

const user = (id: string, profile: object) => app.api.ok("PUT", `/v1/users/${id}`, profile);
const mailsTo = (address: string) => world.runtime.door.ses.mails.filter(({ token }) => token === address);
const textsTo = (number: string) => world.runtime.door.sns.messages.filter(({ token }) => token === number);
const explain = (id: unknown, who: string) =>
  app.api.ok("GET", `/v1/notifications/${id}/recipients/${who}`) as Promise<{
    sentence: string;
    evidence: { channel: string; outcome: string; reason?: string }[];
  }>;
const PORTS = ["email", "sms", "webhook"];

test("one notification, three addresses: each has it exactly once", async () => {
  await user("ann", {
    email: "Ann@Mail.Example",
    phone: "+4915112345678",
    webhook: { format: "standard", url: HOOK },
  });
  const sent = await notify(app, "Your parcel", {
    to: { users: ["ann"] },
    channels: PORTS,
    content: {
      title: "Your parcel",
      body: "is here",
      email: { subject: "Parcel 1701" },
      sms: { body: "Parcel!" },
    },
  });
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 3);
  const [mail, ...more] = mailsTo("Ann@mail.example");
  assert.equal(more.length, 0);
  assert.equal((mail!.payload as { subject: string }).subject, "Parcel 1701");
  assert.deepEqual(
    textsTo("+4915112345678").map(({ payload }) => (payload as { body: string }).body),
    ["Parcel!"],
  );
  const posts = world.fakes.webhook.received.filter(({ token }) => token === HOOK);
  assert.deepEqual(
    posts.map(({ status }) => status),
    [200],
  );
  const { sentence } = await explain(sent["id"], "ann");
  assert.match(sentence, /SES accepted it for the e-mail address/);
  assert.match(sentence, /SNS accepted it for the phone number/);
  const shown = JSON.stringify(await app.api.ok("GET", "/v1/users/ann"));
  assert.ok(shown.includes("hooks.receiver.example") && !shown.includes("/shop"), shown);
});

test("without an address, with a bad one, or to a country that is not allowed: said, not failed", async () => {
  await user("bob", {});
  await user("eve", { phone: "+8613812345678" });
  const sent = await notify(app, "nowhere", { to: { users: ["bob", "eve"] }, channels: PORTS });
  await ended(app, sent["id"]);
  assert.match((await explain(sent["id"], "bob")).sentence, /has no address for this channel/);
  const eve = (await explain(sent["id"], "eve")).evidence.find(({ channel }) => channel === "sms");
  assert.deepEqual([eve?.outcome, eve?.reason], ["suppressed", "country_not_allowed"]);
  for (const [field, value] of [
    ["email", "ann@"],
    ["email", "a b@mail.example"],
    ["phone", "0151 12345678"],
    ["webhook", { format: "slack", url: "http://hooks.slack.com/x" }],
    ["webhook", { format: "slack", url: "https://127.0.0.1/x" }],
  ] as const) {
    const { status, body } = await app.api.call("PUT", "/v1/users/bob", { [field]: value });
    assert.equal(status, 400, JSON.stringify(value));
    assert.match(JSON.stringify(body), new RegExp(`/${field}`));
  }
});

test("one click in a mail ends the mails of its category, and only those; a forged link ends nothing", async () => {
  await user("cid", { email: "cid@mail.example" });
  const send = (title: string, category: string) =>
    notify(app, title, { to: { users: ["cid"] }, category, channels: ["email"] });
  await ended(app, (await send("Sale", "marketing"))["id"]);
  const { headers } = mailsTo("cid@mail.example")[0]!;
  assert.equal(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  const link = /^<(http[^>]+)>$/.exec(headers["list-unsubscribe"] ?? "")?.[1] ?? "";
  assert.ok(link.startsWith(world.runtime.apiUrl), link);
  const click = (url: string) =>
    fetch(url, {
      method: "POST",
      body: "List-Unsubscribe=One-Click",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  assert.equal((await click(link.replace("/cid/", "/ann/"))).status, 404);
  assert.equal((await fetch(link)).status, 405, "a scanner that looks must not unsubscribe");
  for (let again = 0; again < 2; again++) assert.equal((await click(link)).status, 200);
  await world.advance(3_000);
  const silent = await send("Sale again", "marketing");
  await ended(app, silent["id"]);
  assert.match((await explain(silent["id"], "cid")).sentence, /has switched this off/);
  const receipt = await send("Receipt", "transactional");
  await ended(app, receipt["id"]);
  assert.deepEqual(
    mailsTo("cid@mail.example").map(({ payload }) => (payload as { subject: string }).subject),
    ["Sale", "Receipt"],
  );
  assert.equal(mailsTo("cid@mail.example")[1]!.headers["list-unsubscribe"], undefined);
});

test("whether a category's mail has such a link is the app's to say, a change of the notification included", async (t) => {
  await user("eve", { email: "eve@mail.example" });
  const path = `/v1/apps/${app.id}`;
  const categories = {
    invoices: { priority: "normal", unsubscribe: false },
    transactional: { unsubscribe: true },
  };
  await world.admin.ok("PATCH", path, { categories });
  t.after(() => world.admin.ok("PATCH", path, { categories: {} }));
  await world.advance(6_000);
  for (const category of ["invoices", "transactional"]) {
    const sendAt = new Date(world.runtime.clock.now() + 120_000).toISOString();
    const to = { users: ["eve"] };
    const { id } = await notify(app, "First", { to, category, channels: ["email"], sendAt });
    await app.api.ok("PATCH", `/v1/notifications/${id}`, { content: { title: category } });
    await world.advance(125_000);
    await ended(app, id);
  }
  const links = mailsTo("eve@mail.example").map(({ payload, headers }) => [
    (payload as { subject: string }).subject,
    headers["list-unsubscribe"] !== undefined,
  ]);
  assert.deepEqual(links, [
    ["invoices", false],
    ["transactional", true],
  ]);
});

test("links in new mails follow the key that signs them, once it is rotated", async (t) => {
  await user("dot", { email: "dot@mail.example" });
  const secrets = new Set<string>();
  t.after(
    world.runtime.door.watch({
      after({ operation, principal, input }) {
        if (operation === "GetSecretValue" && principal.includes("DispatchEmail"))
          secrets.add(String(input["SecretId"]));
      },
    }),
  );
  const linkOf = async (title: string) => {
    await world.advance(61_000);
    const sent = await notify(app, title, {
      to: { users: ["dot"] },
      category: "marketing",
      channels: ["email"],
    });
    await ended(app, sent["id"]);
    const { headers } = mailsTo("dot@mail.example").at(-1)!;
    return /^<(http[^>]+)>$/.exec(headers["list-unsubscribe"] ?? "")?.[1] ?? "";
  };
  const before = await linkOf("One");
  const key = [...secrets].find((id) => !id.includes("/email/"));
  const { url, adminCredentials } = world.runtime.door;
  const client = new SecretsManagerClient({
    endpoint: url,
    region: "us-east-1",
    credentials: adminCredentials(),
  });
  await client.send(
    new PutSecretValueCommand({ SecretId: key!, SecretString: randomBytes(32).toString("hex") }),
  );
  client.destroy();
  const rotated = await linkOf("Two");
  assert.notEqual(rotated, before);
  assert.equal((await fetch(rotated, { method: "POST" })).status, 200);
});

test("a webhook that is gone is not posted to again, until the profile names another", async () => {
  const gone = "https://hooks.receiver.example/gone";
  await user("dan", { webhook: { format: "standard", url: gone } });
  world.fakes.faults.set({ provider: "webhook", token: gone, status: 410 });
  const post = async (title: string) => {
    const sent = await notify(app, title, { to: { users: ["dan"] }, channels: ["webhook"] });
    await ended(app, sent["id"]);
    return explain(sent["id"], "dan");
  };
  await post("first");
  world.fakes.faults.clear();
  await until("the address is marked", async () =>
    JSON.stringify(await app.api.ok("GET", "/v1/users/dan")).includes("unreachable"),
  );
  assert.match((await post("second")).sentence, /does not take messages any more/);
  await user("dan", { webhook: { format: "standard", url: HOOK } });
  assert.match((await post("third")).sentence, /accepted it for the webhook/);
});

test("what SES tells afterwards: an opened mail is a receipt, a bounced address is left out from then on", async () => {
  const tell = (type: string, to: string) =>
    fetch(`${world.runtime.apiUrl}/_local/mails/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type, to }),
    });
  await user("gil", { email: "gil@mail.example" });
  const send = async (title: string) => {
    const sent = await notify(app, title, { to: { users: ["gil"] }, channels: ["email"] });
    await ended(app, sent["id"]);
    return sent["id"];
  };
  const first = await send("Invoice");
  assert.equal((await tell("Click", "gil@mail.example")).status, 200);
  await until("the receipt", async () =>
    (await explain(first, "gil")).sentence.includes("the user opened it at"),
  );
  assert.equal((await tell("Bounce", "gil@mail.example")).status, 200);
  await until("the address is marked", async () =>
    JSON.stringify(await app.api.ok("GET", "/v1/users/gil")).includes('"reason":"bounced"'),
  );
  assert.match((await explain(await send("Reminder"), "gil")).sentence, /does not take messages any more/);
  assert.equal(mailsTo("gil@mail.example").length, 1);
});

test("large bodies, a pause and the bulk queues: what waits arrives, once", async () => {
  const webhook = { format: "standard", url: HOOK };
  await user("hal", { email: "hal@mail.example", phone: "+4915187654321", webhook });
  for (const channel of PORTS)
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${channel}`, { paused: true });
  await world.advance(5_000);
  const before = world.fakes.webhook.received.length;
  const sent = await notify(app, "Later", {
    to: { users: ["hal"] },
    channels: PORTS,
    priority: "low",
    content: { title: "Later", metadata: { notes: "x".repeat(150_000) } },
  });
  for (let step = 0; step < 26; step++) await world.advance(5_500);
  assert.equal(mailsTo("hal@mail.example").length, 0);
  for (const channel of PORTS)
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${channel}`, { paused: false });
  await world.advance(15_000);
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 3);
  assert.deepEqual([mailsTo("hal@mail.example").length, textsTo("+4915187654321").length], [1, 1]);
  assert.equal(world.fakes.webhook.received.length - before, 1);
});

test("a number that has opted out is marked, and a webhook above another rung climbs", async () => {
  const gone = "https://hooks.receiver.example/rung";
  await user("ida", { phone: "+4915100000001", webhook: { format: "standard", url: gone } });
  world.fakes.faults.set({ provider: "webhook", token: gone, status: 500 });
  world.fakes.faults.set({ provider: "sns", token: "+4915100000001", status: 400, reason: "OptedOut" });
  const sent = await notify(app, "Rungs", {
    to: { users: ["ida"] },
    channels: ["webhook"],
    ladder: [{ channels: ["sms"] }],
    retry: { attempts: 1 },
  });
  await ended(app, sent["id"]);
  world.fakes.faults.clear();
  const shown = JSON.stringify(await app.api.ok("GET", "/v1/users/ida"));
  assert.match(shown, /"sms":\{"since":"[^"]+","reason":"opted_out"/);
  assert.doesNotMatch(shown, /"webhook":\{"since"/);
});

test("another app's text messages go by AWS End User Messaging, and their price is told beforehand", async () => {
  const other = await makeApp(world, "messaging");
  await world.admin.ok("PUT", `/v1/apps/${other.id}/providers/sns`, {
    carrier: "endUserMessaging",
    originationIdentity: "pool-0123456789",
    configurationSet: "texts",
    countries: ["+49"],
    prices: { "+49": 0.08 },
  });
  await other.api.ok("PUT", "/v1/users/eum", { phone: "+4915112340000" });
  const sent = await notify(other, "Your code", {
    to: { users: ["eum"] },
    channels: ["sms"],
    content: { body: "Ihr Code: 123456" },
  });
  assert.deepEqual(sent["estimate"], {
    sms: { encoding: "gsm7", parts: 1, usd: { least: 0.08, most: 0.08 } },
  });
  assert.equal((await ended(other, sent["id"])).totals["accepted"], 1);
  assert.deepEqual(
    textsTo("+4915112340000").map(({ payload }) => (payload as { senderId: string }).senderId),
    ["pool-0123456789"],
  );
});
