import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { configureAddresses } from "../../local/demo/addresses.ts";
import {
  ended,
  functionNamed,
  makeApp,
  notify,
  startWorld,
  statementWith,
  type TestApp,
  tableNamed,
  until,
  type World,
} from "./harness.ts";

/** A deployment that reads SNS's delivery log of text messages. */
let world: World;
let app: TestApp;

before(async () => {
  // This template's statements have other numbers than the default's: its coverage is judged here.
  delete process.env["CLARION_COVERAGE_FOLDER"];
  world = await startWorld({ synthesis: { app: "test/e2e/fixtures/sms-delivery-logs-app.ts" } });
  app = await makeApp(world, "logged");
  await configureAddresses(world.admin, app.id);
});
after(() => world.close());

const SMS_MAIL = { channels: ["sms"], ladder: [{ channels: ["email"], afterS: 300 }] };
const mails = (address: string) =>
  world.runtime.door.ses.mails.filter(({ token }) => token === address).length;
const texts = (number: string) =>
  world.runtime.door.sns.messages.filter(({ token }) => token === number).length;
const shown = async (who: string) => JSON.stringify(await app.api.ok("GET", `/v1/users/${who}`));
const receipts = async (id: unknown) => (await app.api.ok("GET", `/v1/notifications/${id}`))["receipts"];

async function someone(name: string, phone: string): Promise<string> {
  const email = `${name}@mail.example`;
  await app.api.ok("PUT", `/v1/users/${name}`, { phone, email });
  return email;
}

test("what SNS's log calls delivered ends the ladder; what the carrier alone has does not", async () => {
  const [ann, bob] = [await someone("ann", "+4915112340001"), await someone("bob", "+4915112000904")];
  const sent = await notify(app, "Code", { to: { users: ["ann", "bob"] }, ...SMS_MAIL });
  await until("both messages", () => texts("+4915112340001") + texts("+4915112000904") === 2);
  await world.advance(2_500);
  await until("the receipt", async () => JSON.stringify(await receipts(sent["id"])) === '{"delivered":1}');
  await world.advance(310_000);
  await ended(app, sent["id"]);
  assert.deepEqual([mails(ann), mails(bob)], [0, 1]);
});

test("opted out, which SNS answers with yes, and invalid: the log closes the numbers", async () => {
  await someone("cid", "+4915112340002");
  await someone("dan", "+4915112000901");
  world.runtime.door.sns.optOut("+4915112340002");
  const sent = await notify(app, "One", { to: { users: ["cid", "dan"] }, channels: ["sms"] });
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 2);
  await world.advance(2_500);
  await until("both numbers are closed", async () => {
    const [cid, dan] = [await shown("cid"), await shown("dan")];
    return cid.includes('"reason":"opted_out"') && dan.includes('"reason":"invalid_number"');
  });
});

test("a row that could not be written costs the receipt, not the message", async () => {
  const eve = await someone("eve", "+4915112340003");
  world.expectTrouble(/delivery will not be known/);
  const { throttle } = world.runtime.door.faults.dynamodb;
  const free = throttle({ table: tableNamed(world, "Guard"), pkPrefix: "text#", of: "writes" });
  const sent = await notify(app, "Two", { to: { users: ["eve"] }, ...SMS_MAIL });
  await until("what was lost is said", () =>
    world.logs.some((line) => line.includes("delivery will not be known")),
  );
  assert.equal(texts("+4915112340003"), 1);
  free();
  await world.advance(310_000);
  await ended(app, sent["id"]);
  assert.equal(mails(eve), 1);
});

test("log lines of others, and lines that are none, lead nowhere", async () => {
  const lines = [
    JSON.stringify({
      notification: { messageId: "00000000-0000-0000-0000-000000000000" },
      delivery: { destination: "+4915112340001", providerResponse: "Invalid phone number" },
      status: "FAILURE",
    }),
    "no JSON",
    "{}",
  ];
  const batch = { messageType: "DATA_MESSAGE", logEvents: lines.map((message) => ({ message })) };
  const reader = functionNamed(world, "TextReceipts");
  const { arn } = world.runtime.deployment.functions.find(({ name }) => name === reader)!;
  const data = gzipSync(JSON.stringify(batch)).toString("base64");
  const answer = await world.runtime.functions.invoke(arn, { awslogs: { data } });
  assert.equal(answer.ok, true);
  await world.advance(1_000);
  assert.doesNotMatch(await shown("ann"), /"reason"/);
});

test("every right of the reader is used, and the sender writes with those it has anyway", () => {
  const marks = world.runtime.door.coverage();
  const used = (fn: string, action: string) => {
    const { id } = statementWith(world, fn, action);
    return marks.find(({ statementId }) => statementId === id)?.used;
  };
  assert.deepEqual(
    [used("TextReceipts", "sqs:SendMessage"), used("TextReceipts", "logs:PutLogEvents")],
    [true, true],
  );
  const { id } = statementWith(world, "DispatchSms", "dynamodb:UpdateItem");
  assert.equal(marks.find(({ statementId }) => statementId === id)?.used, true);
  assert.throws(() => statementWith(world, "DispatchSms", "dynamodb:DeleteItem"));
});
