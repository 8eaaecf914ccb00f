import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { SNSClient } from "@aws-sdk/client-sns";
import { SnsCredentials } from "../../functions/core/credentials/sns.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Take } from "../../functions/core/policy/spend.ts";
import { snsProvider } from "../../functions/providers/sns/sns.ts";
import { snsTransport } from "../../functions/providers/sns/transport.ts";
import { contractSuite } from "./contract-suite.ts";
import { message, soon, target } from "./provider-world.ts";
import { subject } from "./sns-subject.ts";

/** SNS's other end: takes the SDK's request by its Query protocol and answers as it is told. */
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/";
const ID = "567910cd-659e-55d4-8ccb-5aaf14679dc0";
const say =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "text/xml", ...headers }).end(body);
const yes = say(
  200,
  `<PublishResponse xmlns="${NAMESPACE}"><PublishResult><MessageId>${ID}</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`,
);
const no = (status: number, code: string, text = "as told"): Answer =>
  say(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  );

contractSuite(subject);

let answer: Answer = yes;
const forms: URLSearchParams[] = [];
const sockets = new Set<Socket>();
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  forms.push(new URLSearchParams(Buffer.concat(chunks).toString()));
  answer(response, request);
});
server.on("connection", (socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
});

const clients: SNSClient[] = [];
const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
function clientTo(port: number): SNSClient {
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new SNSClient({ region: "eu-central-1", endpoint, maxAttempts: 1, credentials: key });
  clients.push(client);
  return client;
}

const taken: Take[] = [];
const spend = {
  async take(takes: readonly Take[]) {
    taken.push(...takes);
    return { ok: true } as const;
  },
};
function providerOf(client: SNSClient) {
  const credentials = SnsCredentials.parse({ countries: ["+49"], senderId: "Shop" });
  return snsProvider({
    app: "a",
    credentials,
    transport: snsTransport(client, Date.now),
    spend,
    now: Date.now,
  });
}

let client: SNSClient;
const port = () => (server.address() as AddressInfo).port;
const to = () => target({ kind: "phone", token: "+4915112345678" });
async function send(ms = 5_000, by = client): Promise<Outcome> {
  return (await providerOf(by).prepare(message()))(to(), soon(ms));
}

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = clientTo(port());
});
after(() => {
  for (const one of clients) one.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
});
afterEach(() => {
  answer = yes;
  forms.length = 0;
  taken.length = 0;
});

test("sns: an accepted message, as SNS reads it", async () => {
  assert.deepEqual(await send(), { kind: "accepted", status: 200, providerId: ID });
  assert.equal(forms.length, 1);
  const [form] = forms;
  const told = Object.fromEntries(form ?? []);
  assert.equal(told["Action"], "Publish");
  assert.equal(told["PhoneNumber"], "+4915112345678");
  assert.equal(told["Message"], "Hello\nWorld");
  const attributes = Object.fromEntries(
    [1, 2].map((n) => [
      told[`MessageAttributes.entry.${n}.Name`],
      told[`MessageAttributes.entry.${n}.Value.StringValue`],
    ]),
  );
  assert.deepEqual(attributes, {
    "AWS.SNS.SMS.SMSType": "Transactional",
    "AWS.SNS.SMS.SenderID": "Shop",
  });
});

test("sns: answers that are none", async () => {
  const unreadable = { kind: "unknown", reason: "unreadable_answer" };
  const cases: [what: string, Answer, Partial<Outcome>][] = [
    ["XML that ends too soon", say(200, "<PublishResponse><PublishResult><Mess"), unreadable as Outcome],
    ["nothing with 500", say(500, ""), { kind: "retry", status: 500 }],
    ["nothing with 403", say(403, ""), { kind: "misconfigured", status: 403 }],
    ["a redirect", say(307, "", { location: "http://127.0.0.1:1/" }), { kind: "rejected", status: 307 }],
    ["no HTTP", (response) => response.socket?.end("what?\r\n\r\n"), { kind: "unknown" }],
    [
      "an end within the answer",
      (response) => {
        response.writeHead(200, { "content-length": "500" }).write("<Publish");
        setTimeout(() => response.socket?.destroy(), 20);
      },
      { kind: "unknown" },
    ],
  ];
  for (const [what, told, expected] of cases) {
    answer = told;
    const outcome = await send();
    assert.deepEqual({ ...outcome, ...expected }, outcome, `${what}: ${JSON.stringify(outcome)}`);
    assert.match(outcome.reason ?? "", /^\w{1,64}$/, what);
  }
  answer = yes;
  assert.equal((await send()).kind, "accepted");
});

test("sns: credentials that never come do not hold it up either", async () => {
  const waiting = new SNSClient({
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${port()}`,
    maxAttempts: 1,
    credentials: () => new Promise(() => undefined),
  });
  clients.push(waiting);
  assert.deepEqual(await send(200, waiting), { kind: "unknown", reason: "deadline_exceeded" });
  assert.equal(forms.length, 0);
});

test("sns: where nobody is, nothing was sent; and where nobody can sign, that is the operator's", async (t) => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port: nobody } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  assert.deepEqual(await send(5_000, clientTo(nobody)), { kind: "retry", reason: "connect_ECONNREFUSED" });
  const names = ["AWS_EC2_METADATA_DISABLED", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];
  const before = names.map((name) => process.env[name]);
  // The SDK's own chain, with nothing to find on this machine.
  Object.assign(process.env, Object.fromEntries(names.map((name) => [name, "true"])));
  t.after(() => {
    for (const [index, name] of names.entries()) {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    }
  });
  const keyless = new SNSClient({
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${port()}`,
    maxAttempts: 1,
  });
  clients.push(keyless);
  assert.deepEqual(await send(5_000, keyless), { kind: "misconfigured", reason: "no_aws_credentials" });
  assert.equal(forms.length, 0);
});

test("sns: an attempt counts, whatever comes of it", async () => {
  answer = no(500, "InternalError");
  await send();
  answer = yes;
  await send();
  assert.deepEqual(
    taken.filter(({ key: cap }) => cap === "sms#usd").map(({ amount }) => amount),
    [50_000, 50_000],
  );
});

test("sns: caps that cannot be counted, or not in time, have nothing sent, and it is tried again", async (t) => {
  const { take } = spend;
  t.after(() => {
    spend.take = take;
  });
  const before = forms.length;
  spend.take = () => Promise.reject(new Error("throttled"));
  assert.deepEqual(await send(), { kind: "retry", reason: "not_counted", unasked: true });
  spend.take = () => new Promise(() => undefined);
  const startMs = performance.now();
  assert.deepEqual(await send(300), { kind: "retry", reason: "deadline_exceeded" });
  assert.ok(performance.now() - startMs < 2_000);
  assert.equal(forms.length, before);
});
