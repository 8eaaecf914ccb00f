import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  GetSendQuotaCommand,
  ListIdentitiesCommand,
  SESClient,
  SendRawEmailCommand,
  type SendRawEmailCommandInput,
} from "@aws-sdk/client-ses";
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";

const ARN = "arn:aws:ses:us-east-1:000000000000";
const mailer = role("Mailer", [
  statement("Mail#0", ["ses:SendRawEmail"], [`${ARN}:identity/example.com`]),
  statement("Mail#1", ["ses:SendRawEmail"], [`${ARN}:configuration-set/events`]),
]);

const RAW = [
  "From: =?utf-8?q?Gr=C3=BC=C3=9Fe?= <shop@example.com>",
  "To: ann@example.org",
  "Subject: =?utf-8?b?SGFs?= =?utf-8?b?bMO2Y2hlbg==?=",
  "X-Long: one",
  " two",
  "Content-Type: multipart/mixed;",
  ' boundary="b1"',
  "",
  "--b1",
  "Content-Type: multipart/alternative; boundary=b2",
  "",
  "--b2",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Gr=C3=BC=C3=9Fe ohne =",
  "Umbruch",
  "--b2",
  "Content-Type: text/html",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from("<p>ü</p>").toString("base64"),
  "--b2--",
  "--b1",
  "Content-Type: application/pdf",
  "Content-Disposition: attachment; filename*0*=utf-8''Rechnung%20%C3; filename*1*=%BC.pdf",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from([1, 2, 3]).toString("base64"),
  "--b1--",
  "",
].join("\r\n");

async function open(t: TestContext) {
  const fixture = await openDoor(t, deployment({ roles: [mailer] }));
  const { door } = fixture;
  const client = new SESClient(sdkOptions(door));
  t.after(() => client.destroy());
  const send = (over: Partial<SendRawEmailCommandInput> = {}, by = client) =>
    by.send(new SendRawEmailCommand({ RawMessage: { Data: Buffer.from(RAW) }, ...over }));
  return { ...fixture, client, send };
}

const raw = (text: string) => ({ RawMessage: { Data: Buffer.from(text) } });

test("the SDK's mail is taken, metered, and can be read", async (t) => {
  const { door, send } = await open(t);
  const { MessageId, $metadata } = await send({
    Destinations: ["ann@example.org"],
    ConfigurationSetName: "events",
    Tags: [
      { Name: "app", Value: "shop" },
      { Name: "user", Value: "dQ" },
    ],
  });
  assert.match(MessageId!, /^0100[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);
  assert.equal($metadata.httpStatusCode, 200);
  const [entry, ...more] = door.ses.mails;
  assert.deepEqual(more, []);
  assert.ok(entry);
  assert.equal(entry.token, "ann@example.org");
  assert.equal(entry.status, 200);
  assert.equal(entry.headers["x-long"], "one two");
  assert.equal(entry.headers["x-ses-configuration-set"], "events");
  assert.equal(entry.headers["x-ses-message-tags"], "app=shop, user=dQ");
  assert.deepEqual(entry.payload, {
    subject: "Hallöchen",
    from: "Grüße <shop@example.com>",
    to: "ann@example.org",
    text: "Grüße ohne Umbruch",
    html: "<p>ü</p>",
    attachments: [{ name: "Rechnung ü.pdf", type: "application/pdf", bytes: 3 }],
  });
  assert.equal(door.meter.totals().units["ses.mail"], 1);
});

test("the quota counts the last 24 hours", async (t) => {
  const { client, clock, send } = await open(t);
  await send();
  await send({ Destinations: ["a@example.org", "b@example.org"] });
  const quota = () => client.send(new GetSendQuotaCommand({}));
  assert.equal((await quota()).SentLast24Hours, 3);
  assert.equal((await quota()).Max24HourSend, 50_000);
  await clock.advance(86_400_001);
  assert.equal((await quota()).SentLast24Hours, 0);
});

test("what SES refuses is refused, under SES's name, and stands in the log", async (t) => {
  const { door, send } = await open(t);
  const cases: [Partial<SendRawEmailCommandInput>, RegExp][] = [
    [raw("To: a@example.org\r\n\r\nx"), /header 'From'/],
    [raw("From: a@example.com\r\n\r\nx"), /header 'To'/],
    [raw("From: nobody\r\nTo: a@example.org\r\n\r\nx"), /header 'From'/],
    [
      raw("From: a@example.com\r\nTo: b@example.org\r\nSubject: 1\r\nSubject: 2\r\n\r\nx"),
      /Duplicate header/,
    ],
    [{ Destinations: ["no address"] }, /Illegal address/],
    [{ Destinations: ["ü@example.org"] }, /Illegal address/],
    [{ Destinations: Array.from({ length: 51 }, (_, n) => `u${n}@example.org`) }, /exceeds 50/],
    [{ Tags: [{ Name: "user", Value: "a b" }] }, /Invalid tag/],
    [raw(`${RAW}${"x".repeat(10_485_761 - RAW.length)}`), /more than 10485760 bytes long: '10485761'/],
  ];
  for (const [over, text] of cases)
    await assert.rejects(send(over), { name: "InvalidParameterValue", message: text });
  await assert.rejects(send(raw("")), { name: "ValidationError" });
  assert.ok(door.ses.mails.every(({ status, reason }) => status === 400 && reason !== undefined));
  assert.equal(door.meter.totals().units["ses.mail"], undefined, "what is refused costs nothing");
  await send(raw(`${RAW}${"x".repeat(10_485_760 - RAW.length)}`));
});

test("an operation that is not served is named", async (t) => {
  const { client } = await open(t);
  await assert.rejects(client.send(new ListIdentitiesCommand({})), {
    name: "InvalidAction",
    message: /ses:ListIdentities/,
  });
});

test("IAM asks for the sender's identity and for the configuration set", async (t) => {
  const { door, send } = await open(t);
  const own = new SESClient(sdkOptions(door, door.credentialsFor(mailer.arn)));
  t.after(() => own.destroy());
  await send({ ConfigurationSetName: "events" }, own);
  await assert.rejects(send({ ConfigurationSetName: "other" }, own), {
    name: "AccessDenied",
    message: /ses:SendRawEmail on resource: arn:aws:ses:us-east-1:000000000000:configuration-set\/other/,
  });
  await assert.rejects(send(raw("From: X <a@evil.example>\r\nTo: b@example.org\r\n\r\nx"), own), {
    name: "AccessDenied",
    message: /identity\/evil\.example/,
  });
  await assert.rejects(own.send(new GetSendQuotaCommand({})), { name: "AccessDenied" });
  const report = door.coverage().map(({ statementId, neededAlone }) => [statementId, neededAlone]);
  assert.deepEqual(report, [
    ["Mail#0", true],
    ["Mail#1", true],
  ]);
});

test("faults: for an address, for a share, with a code, a text, a delay", async (t) => {
  const { door, send } = await open(t);
  const { providers } = door.faults;
  providers.set({ provider: "ses", token: "ann@example.org", status: 400, reason: "Throttling", times: 1 });
  await send({ Destinations: ["bob@example.org"] });
  await assert.rejects(send(), { name: "Throttling", message: "Maximum sending rate exceeded." });
  await send();
  providers.set({
    provider: "ses",
    status: 400,
    reason: "MessageRejected: Email address is <not> verified & so",
  });
  await assert.rejects(send(), { name: "MessageRejected", message: "Email address is <not> verified & so" });
  providers.clear("ses");
  providers.set({ provider: "ses", percent: 50, status: 503, reason: "ServiceUnavailable" });
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => send()));
  const failed = results.filter(({ status }) => status === "rejected").length;
  assert.ok(failed > 5 && failed < 55, `${failed} of 60 failed`);
  providers.clear();
  providers.set({ provider: "ses", kind: "slow", delayMs: 300 });
  const startMs = performance.now();
  await send();
  assert.ok(performance.now() - startMs >= 290);
});

test("faults are seen by who looks on, and may be somebody else's", async (t) => {
  const { createFaults } = await import("../../local/fakes/faults.ts");
  const shared = createFaults(Date.now);
  const { door } = await openDoor(t, deployment(), { providerFaults: shared });
  assert.equal(door.faults.providers, shared);
  const seen: string[] = [];
  shared.watch(({ provider, stage }) => seen.push(`${provider} ${stage}`));
  const client = new SESClient(sdkOptions(door));
  t.after(() => client.destroy());
  await client.send(new SendRawEmailCommand({ RawMessage: { Data: Buffer.from(RAW) } }));
  assert.deepEqual(seen, ["ses begun", "ses arrived"]);
});
