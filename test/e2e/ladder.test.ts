import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import {
  ended,
  hexToken,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** Rungs: what is tried when the road before it is closed, or nobody answers on it. */
let world: World;
let app: TestApp;

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "ladder");
  await configureAddresses(world.admin, app.id);
});
after(() => world.close());

let numbers = 0;
/** A person with an iPhone, a number and an address. */
async function someone(name: string): Promise<{ phone: string; email: string }> {
  const phone = `+49151${String(10_000_000 + ++numbers)}`;
  const email = `${name}@mail.example`;
  await person(app, name, { iphone: iphone(name) });
  await app.api.ok("PUT", `/v1/users/${name}`, { phone, email });
  return { phone, email };
}
const texts = (number: string) =>
  world.runtime.door.sns.messages.filter(({ token }) => token === number).length;
const mails = (address: string) =>
  world.runtime.door.ses.mails.filter(({ token }) => token === address).length;
const gone = (name: string) =>
  world.fakes.faults.set({ provider: "apns", token: hexToken(name), status: 410, reason: "Unregistered" });
const explain = (id: unknown, who: string) =>
  app.api.ok("GET", `/v1/notifications/${id}/recipients/${who}`) as Promise<{
    sentence: string;
    next?: { en: string };
    evidence: { channel: string; outcome: string; reason?: string }[];
  }>;
const PUSH_SMS_MAIL = {
  channels: ["mobilePush"],
  ladder: [{ channels: ["sms"], afterS: 300 }, { channels: ["email"] }],
};

test("the phone is gone: the text message goes at once, the mail not at all", async () => {
  const { phone, email } = await someone("ann");
  gone("ann");
  const sent = await notify(app, "code 1", { to: { users: ["ann"] }, ...PUSH_SMS_MAIL });
  await until("the text message", () => texts(phone) === 1);
  await ended(app, sent["id"]);
  assert.equal(mails(email), 0);
  const { sentence, evidence } = await explain(sent["id"], "ann");
  assert.match(sentence, /^ann was sent it: SNS accepted it for the phone number/);
  assert.equal(evidence.find(({ channel }) => channel === "email")?.reason, "rung_not_needed");
});

test("nobody tells that it arrived: the text message after five minutes, once; a receipt in time prevents it", async () => {
  const [bob, cid] = [await someone("bob"), await someone("cid")];
  const sent = await notify(app, "code 2", { to: { users: ["bob", "cid"] }, ...PUSH_SMS_MAIL });
  await until(
    "both phones",
    () =>
      world.fakes.apns.received.filter(({ payload }) => JSON.stringify(payload).includes("code 2")).length ===
      2,
  );
  assert.match(
    (await explain(sent["id"], "bob")).next?.en ?? "",
    /is tried by sms at .* unless a device tells/,
  );
  const told = await fetch(`${world.runtime.apiUrl}/v1/client/receipts`, {
    method: "POST",
    headers: { authorization: `Bearer ${app.token("cid")}`, "content-type": "application/json" },
    body: JSON.stringify({ notification: sent["id"], event: "displayed" }),
  });
  assert.equal(told.status, 204);
  assert.deepEqual((await app.api.ok("GET", `/v1/notifications/${sent["id"]}`))["receipts"], {
    displayed: 1,
  });
  await world.advance(200_000);
  assert.equal(texts(bob.phone) + texts(cid.phone), 0, "too early");
  await world.advance(110_000);
  await until("bob's text message", () => texts(bob.phone) === 1);
  await ended(app, sent["id"]);
  assert.deepEqual([texts(bob.phone), texts(cid.phone), mails(bob.email)], [1, 0, 0]);
  assert.match((await explain(sent["id"], "cid")).sentence, /the user saw it at/);
});

test("every rung fails: all are tried, the person is told why", async () => {
  const { phone } = await someone("dan");
  gone("dan");
  world.runtime.door.faults.providers.set({
    provider: "sns",
    token: phone,
    status: 400,
    reason: "InvalidParameter",
  });
  world.runtime.door.faults.providers.set({ provider: "ses", status: 400, reason: "MessageRejected" });
  const sent = await notify(app, "code 3", { to: { users: ["dan"] }, ...PUSH_SMS_MAIL });
  await ended(app, sent["id"]);
  world.fakes.faults.clear();
  const { sentence, evidence } = await explain(sent["id"], "dan");
  assert.match(sentence, /^dan did not get it/);
  assert.deepEqual(
    evidence.map(({ channel, outcome }) => [channel, outcome]),
    [
      ["mobilePush", "gone"],
      ["sms", "rejected"],
      ["email", "rejected"],
    ],
  );
});

test("social: the inbox first; the phone rings for who has not looked, not for who has", async () => {
  await someone("eve");
  await someone("fay");
  let acknowledged = false;
  const unwatch = world.runtime.door.watch({
    after: ({ operation, input }) => {
      acknowledged ||= operation === "UpdateItem" && String(input["UpdateExpression"]).includes("acked");
    },
  });
  const socket = await app.connect("fay");
  const sent = await notify(app, "a like", { to: { users: ["eve", "fay"] }, category: "social" });
  await until("the frame", () => socket.notifications().length === 1);
  await until("its acknowledgement", () => acknowledged);
  unwatch();
  await world.advance(12_000);
  await until("eve's phone", () => world.fakes.apns.received.some(({ token }) => token === hexToken("eve")));
  await ended(app, sent["id"]);
  assert.equal(
    world.fakes.apns.received.some(({ token }) => token === hexToken("fay")),
    false,
  );
});

test("half of all messages come twice and in any order: each rung is tried once", async () => {
  const people = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => ({ name: `p${n}`, ...(await someone(`p${n}`)) })),
  );
  for (const { name } of people.slice(0, 15)) gone(name);
  const { queues } = world.runtime.deployment;
  for (const { name } of queues)
    world.runtime.door.faults.sqs.set(name, { duplicatePercent: 50, reorder: true });
  const sent = await notify(app, "code 4", {
    to: { users: people.map(({ name }) => name) },
    ...PUSH_SMS_MAIL,
  });
  await until("the first half", () => people.slice(0, 15).every(({ phone }) => texts(phone) >= 1), 20_000);
  await world.advance(310_000);
  await until("the other half", () => people.every(({ phone }) => texts(phone) >= 1), 20_000);
  for (const { name } of queues) world.runtime.door.faults.sqs.set(name, {});
  await ended(app, sent["id"]);
  assert.deepEqual(new Set(people.map(({ phone }) => texts(phone))), new Set([1]));
});
