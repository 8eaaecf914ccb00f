import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { ended, makeApp, notify, startWorld, type TestApp, until, type World } from "./harness.ts";

/** What AWS End User Messaging tells of text messages after it took them. */
let world: World;
let app: TestApp;

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "voice");
  await configureAddresses(world.admin, app.id);
  await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/sns`, {
    carrier: "endUserMessaging",
    originationIdentity: "pool-0123456789",
    configurationSet: "texts",
    messagesPerS: 20,
    countries: ["+49", "+43"],
  });
});
after(() => world.close());

const SMS_MAIL = { channels: ["sms"], ladder: [{ channels: ["email"], afterS: 300 }] };
const mails = (address: string) => world.runtime.door.ses.mails.filter(({ token }) => token === address);
const texts = (number: string) => world.runtime.door.sns.messages.filter(({ token }) => token === number);
const explain = (id: unknown, who: string) =>
  app.api.ok("GET", `/v1/notifications/${id}/recipients/${who}`) as Promise<{ sentence: string }>;
const shown = async (who: string) => JSON.stringify(await app.api.ok("GET", `/v1/users/${who}`));
const tell = (body: object) =>
  fetch(`${world.runtime.apiUrl}/_local/texts/events`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function someone(name: string, phone: string): Promise<string> {
  const email = `${name.replace(/\W/g, "")}@mail.example`;
  await app.api.ok("PUT", `/v1/users/${name}`, { phone, email });
  return email;
}

test("a text message that arrived ends the ladder; one that only its carrier has does not", async () => {
  // Ids of all characters that ids may have: they travel in the message's context.
  const who = "ann:1~x@y.z+w-_";
  const [ann, bob] = [await someone(who, "+4915112340001"), await someone("bob", "+4915112000904")];
  const sent = await notify(app, "Code", { id: "n:1~x@y+z", to: { users: [who, "bob"] }, ...SMS_MAIL });
  await until("both messages", () => texts("+4915112340001").length + texts("+4915112000904").length === 2);
  await world.advance(2_500);
  await until("the receipt", async () =>
    (await explain(sent["id"], who)).sentence.includes("the user got it on a device at"),
  );
  await world.advance(310_000);
  await ended(app, sent["id"]);
  assert.deepEqual([mails(ann).length, mails(bob).length], [0, 1]);
  assert.doesNotMatch((await explain(sent["id"], "bob")).sentence, /on a device at/);
  const status = await app.api.ok("GET", `/v1/notifications/${sent["id"]}`);
  assert.deepEqual(status["receipts"], { delivered: 1 });
});

test("a number that is told dead is closed, while it is the person's; an unreachable phone is not", async () => {
  await someone("cid", "+4915112000901");
  await someone("dan", "+4915112000902");
  await someone("eve", "+4915112000903");
  const to = { users: ["cid", "dan", "eve"] };
  const sent = await notify(app, "One", { to, channels: ["sms"] });
  await ended(app, sent["id"]);
  await world.advance(2_500);
  await until("both numbers are closed", async () => {
    const [cid, dan] = [await shown("cid"), await shown("dan")];
    return cid.includes('"reason":"invalid_number"') && dan.includes('"reason":"opted_out"');
  });
  assert.doesNotMatch(await shown("eve"), /"reason"/);
  const again = await notify(app, "Two", { to, channels: ["sms"] });
  await ended(app, again["id"]);
  assert.match((await explain(again["id"], "cid")).sentence, /does not take messages any more/);
  assert.deepEqual([texts("+4915112000901").length, texts("+4915112000903").length], [1, 2]);
  await someone("cid", "+4915112340009");
  await tell({ to: "+4915112000901", fate: "invalidNumber" });
  await world.advance(1_000);
  assert.doesNotMatch(await shown("cid"), /"reason"/);
});

test("an event in another form is refused and said; events of calls and of others' messages are passed over", async () => {
  const { door, deployment } = world.runtime;
  const queue = deployment.queues.find(({ logicalId }) => /^QueuesIngest(?!Dead)/.test(logicalId))!;
  const send = (event: object) =>
    door.call({ kind: "admin" }, "sqs", "SendMessage", {
      QueueUrl: door.sqs.queueUrl(queue.name),
      MessageBody: JSON.stringify({ eventVersion: "1.0", ...event }),
    });
  const refusals = () => world.logs.filter((line) => line.includes("message refused"));
  await send({ eventType: "VOICE_COMPLETED", isFinal: true });
  await send({ eventType: "TEXT_DELIVERED", isFinal: true, context: { campaign: "7" } });
  await world.advance(1_000);
  assert.deepEqual(refusals(), []);
  const context = { app: app.id, notification: "n", user: "ann" };
  await send({ eventType: "TEXT_INVALID", isFinal: true, destinationPhoneNumber: "0151", context });
  await until("the refusal", () => refusals().length > 0);
  assert.match(refusals()[0]!, /destinationPhoneNumber: must be a number in E\.164/);
});

test("credentials are tried by a dry run: one that is refused is not stored, and nobody is sent anything", async () => {
  const before = world.runtime.door.sns.messages.length;
  const put = (identity: string) =>
    world.admin.call("PUT", `/v1/apps/${app.id}/providers/sns`, {
      carrier: "endUserMessaging",
      originationIdentity: identity,
      configurationSet: "texts",
      countries: ["+49", "+43"],
    });
  world.fakes.faults.set({ provider: "sns", status: 400, reason: "ResourceNotFoundException" });
  const refused = await put("pool-gone");
  world.fakes.faults.clear();
  assert.match(JSON.stringify(refused.body), /sns refuses these credentials: ResourceNotFound/);
  const taken = await put("pool-0123456789");
  assert.equal(taken.status, 200, JSON.stringify(taken.body));
  assert.deepEqual(taken.body["warnings"], []);
  assert.equal(world.runtime.door.sns.messages.length, before);
});
