import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { CONSUMERS } from "../../functions/names.ts";
import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import { connectSocket } from "../../local/demo/socket-client.ts";
import {
  ended,
  functionNamed,
  makeApp,
  startWorld,
  type TestApp,
  tableNamed,
  until,
  type World,
} from "../e2e/harness.ts";
import { type CanaryTexts, searcher, withoutAddresses } from "./canary-texts.ts";
import { plant, plantCredentials, plantPeople, type Secrets } from "./planted-secrets.ts";
import { wrongValues } from "./wrong-values.ts";

/**
 * What people confide to the platform, planted in every place that takes it, and looked for in every place where an
 * operator looks: logs, metrics, spans, queue messages (dead letters are those), error answers.
 */
let world: World;
let app: TestApp;
let user: ApiClient;
const texts: CanaryTexts = {};
/** Device tokens, endpoints and the keys of subscriptions: jobs hold them, in one place each. */
const tokens: CanaryTexts = {};
/** What callers were answered: status, and the text as it came. */
const refusals: { what: string; text: string }[] = [];
const pages: { what: string; text: string }[] = [];
const messages: string[] = [];
const traces = new Set<string>();

const secrets = (): Secrets => ({ world, app, texts, tokens });
const planted = (name: string): string => plant(texts, name);

before(async () => {
  world = await startWorld();
  world.runtime.door.watch({
    after({ service, operation, input }) {
      if (service !== "sqs" || !operation.startsWith("SendMessage")) return;
      const entries = (input["Entries"] ?? [input]) as { MessageBody: string }[];
      messages.push(...entries.map(({ MessageBody }) => MessageBody));
    },
  });
  world.expectTrouble(
    /was ended by SIGKILL|message failed|request failed|is not JSON|goes back|ItemFailures/,
  );
  app = await makeApp(world, "confidant");
  user = apiClient(world.runtime.apiUrl, app.token("ann"));
  await plantCredentials(secrets());
  await plantPeople(secrets());
});
after(() => world.close());

const content = () => ({
  title: planted("title"),
  body: planted("body"),
  data: { order: planted("data") },
  url: `https://example.com/${planted("url")}`,
  metadata: { note: planted("metadata") },
  webpush: { extra: planted("pass-through") },
});

/** A request in a trace of its own, which is told. */
async function post(request: object): Promise<Record<string, unknown>> {
  const trace = randomBytes(16).toString("hex");
  traces.add(trace);
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const body = { to: { users: ["ann"] }, content: content(), ...request };
  const answer = await app.api.call("POST", "/v1/notifications", body, headers);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body;
}

const everywhere = { channels: ["inApp", "mobilePush", "webPush", "email", "sms", "webhook"] };

test("good days: every channel, an open socket, a ticket, a larger body", async () => {
  const token = app.token("ann");
  texts["client token's claims"] = token.split(".")[1]!;
  texts["client token's signature"] = token.split(".")[2]!;
  const url = world.runtime.webSocketUrl;
  const { ticket } = await user.ok("POST", "/v1/client/tickets", {});
  texts["ticket"] = String(ticket);
  const sockets = [
    await connectSocket({ url, token }),
    await connectSocket({ url, token, by: "subprotocol" }),
    await connectSocket({ url, by: "none", query: { ticket: String(ticket) } }),
  ];
  sockets[0]!.send({ type: planted("frame"), data: planted("frame-data") });
  const { id } = await post({ id: "canary-id-which-is-logged", ...everywhere });
  const status = await ended(app, id);
  assert.match(JSON.stringify(status.counts), /apns.*accepted/);
  await until("a frame arrives", () => sockets.some((socket) => socket.notifications().length > 0));
  for (const socket of sockets) socket.close();
  const large = { ...content(), metadata: { long: planted("large-body").padEnd(4_000, ".") } };
  await ended(app, (await post({ content: large, channels: ["inApp"] }))["id"]);
  for (const name of ["apns", "fcm", "webpush"] as const) {
    const sent = world.fakes[name].received.at(-1);
    assert.ok(sent, `${name} received it`);
    texts[`${name} authorization`] = sent.headers["authorization"]!.replace(/^\S+ /, "").slice(0, 200);
  }
});

test("bad days: providers refuse, in words that quote the request, fail, stay silent", async () => {
  const quoting = (text: string) => ({ reason: text, status: 400 });
  const faults = [
    { provider: "apns", ...quoting(tokens["APNs token"]!) },
    { provider: "fcm", ...quoting(tokens["FCM token"]!) },
    { provider: "webpush", ...quoting(tokens["endpoint"]!) },
    { provider: "apns", status: 403, reason: "InvalidProviderToken" },
    { provider: "fcm", status: 403, reason: texts["title"]! },
    { provider: "webpush", status: 503, kind: "garbage" },
    { provider: "apns", kind: "loseAnswer" },
    { provider: "fcm", kind: "reset" },
    { provider: "webpush", kind: "drop" },
    { provider: "ses", status: 400, reason: `MessageRejected: ${tokens["mailbox"]} ${texts["title"]}` },
    { provider: "ses", kind: "loseAnswer" },
    { provider: "sns", status: 400, reason: `InvalidParameter: PhoneNumber ${tokens["phone"]}` },
    { provider: "webhook", status: 400, reason: tokens["hook"]! },
    { provider: "webhook", kind: "drop" },
  ] as const;
  for (const fault of faults) {
    world.fakes.faults.set({ ...fault, times: 1 });
    const { id } = await post({ ...everywhere, retry: { attempts: 1 } });
    await until("it settles", async () => {
      await world.advance(1_000);
      const { state } = await app.api.ok("GET", `/v1/notifications/${id}`);
      return state === "completed" || state === "failed";
    });
    world.fakes.faults.clear();
  }
});

test("a job that kills its worker", async () => {
  world.fakes.faults.set({ provider: "apns", kind: "slow", delayMs: 20_000 });
  let hasArrived = false;
  const stop = world.fakes.faults.watch(({ provider, stage }) => {
    hasArrived ||= provider === "apns" && stage === "arrived";
  });
  const name = functionNamed(world, "DispatchMobilePush");
  const { id } = await post({ channels: ["mobilePush"], retry: { attempts: 10 } });
  await until("the worker waits for its answer", () => hasArrived);
  stop();
  world.runtime.functions.kill(name, "SIGKILL");
  await until("it is dead", () => world.runtime.functions.busy() === 0);
  world.fakes.faults.clear();
  await world.advance(50_000);
  await world.advance(50_000);
  await ended(app, id);
});

test("tokens that are gone, in words that quote them", async () => {
  const [apns, endpoint] = [tokens["APNs token"]!, tokens["endpoint"]!];
  world.fakes.faults.set({ provider: "apns", status: 410, reason: apns, times: 1 });
  world.fakes.faults.set({ provider: "webpush", status: 410, reason: endpoint, times: 1 });
  await ended(app, (await post(everywhere))["id"]);
  await world.runtime.clock.settled();
  const { devices } = await app.api.ok("GET", "/v1/users/ann");
  const gone = (devices as { id: string; status: string }[]).filter(
    ({ status }) => status === "unregistered",
  );
  assert.deepEqual(gone.map(({ id }) => id).sort(), ["firefox", "phone"]);
});

test("messages that are none, tables that throttle: what fails is told without what it was about", async () => {
  for (const { name } of world.runtime.deployment.queues.filter(({ name }) => !/dead/i.test(name))) {
    const [garbage, odd] = [planted("garbage"), planted("odd-message")];
    for (const MessageBody of [garbage, `{"${garbage}`, JSON.stringify({ v: 1, kind: odd, targets: odd })])
      await world.runtime.door.sqs.sendMessage({
        QueueUrl: world.runtime.door.sqs.queueUrl(name),
        MessageBody,
        MessageGroupId: "g",
      });
  }
  await until(
    "each kind of worker complained",
    () => world.logs.filter((line) => line.includes("message failed")).length > 5,
  );
  const free = world.runtime.door.faults.dynamodb.throttle({ table: tableNamed(world, "Directory") });
  const answer = await app.api.call("PUT", "/v1/users/ann/devices/late", {
    platform: "ios",
    tokens: [{ kind: "apns", token: randomBytes(32).toString("hex") }],
  });
  free();
  assert.ok(answer.status >= 500, `${answer.status}`);
  refusals.push({ what: "a throttled table", text: JSON.stringify(answer.body) });
});

test("wrong values are refused by name of their field, never by quoting them", async () => {
  for (const [what, make] of Object.entries(wrongValues(world, app))) {
    const [client, method, path, body] = make(planted(`wrong ${what}`.replaceAll(" ", "-")));
    const answer = await client.call(method, path, body);
    assert.ok(
      answer.status >= 400 && answer.status < 500,
      `${what}: ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    refusals.push({ what, text: `${JSON.stringify(answer.body)} ${JSON.stringify([...answer.headers])}` });
  }
  const url = world.runtime.webSocketUrl;
  await assert.rejects(connectSocket({ url, token: planted("socket-token") }));
  await assert.rejects(connectSocket({ url, by: "none", query: { ticket: planted("socket-ticket") } }));
  await assert.rejects(connectSocket({ url, token: planted("subprotocol-token"), by: "subprotocol" }));
});

test("nothing of it is in a refusal", () => {
  const find = searcher({ ...texts, ...tokens });
  assert.deepEqual(
    refusals.flatMap(({ what, text }) => find(text).map((name) => `${what} tells ${name}: ${text}`)),
    [],
  );
});

test("nor in a log line, a metric or a span of any function", async () => {
  await world.runtime.clock.settled();
  const find = searcher({ ...texts, ...tokens });
  assert.ok(world.logs.length > 100, `${world.logs.length} lines`);
  for (const kind of ["_aws", '"span"', '"level":"error"', '"level":"warn"', "gone token removed"])
    assert.ok(
      world.logs.some((line) => line.includes(kind)),
      `no line with ${kind}: too little happened`,
    );
  const lines = [...world.logs, ...world.troubles];
  assert.deepEqual(
    lines.flatMap((line) => find(line).map((name) => `${name}: ${line.slice(0, 400)}`)),
    [],
  );
});

test("nor on the pages where an operator looks", async () => {
  const { apiUrl } = world.runtime;
  const local = ["/metrics", "/_local", "/_local/meter", "/_local/coverage", "/_local/clock", "/health"];
  const ofTraces = [...traces].flatMap((trace) => [
    `/_local/traces/${trace}`,
    `/_local/traces/${trace}?format=json`,
  ]);
  for (const path of [...local, ...ofTraces]) {
    const answer = await fetch(`${apiUrl}${path}`);
    pages.push({ what: path, text: await answer.text() });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
  }
  const listed = [
    "/v1/queues",
    `/v1/apps/${app.id}`,
    "/v1/apps",
    ...CONSUMERS.map((name) => `/v1/dead-letters/${name}`),
  ];
  for (const path of listed)
    pages.push({ what: path, text: JSON.stringify(await world.admin.ok("GET", path)) });
  const find = searcher({ ...texts, ...tokens });
  assert.deepEqual(
    pages.flatMap(({ what, text }) => find(text).map((name) => `${what} tells ${name}`)),
    [],
  );
});

test("queue messages, which dead letters are, carry addresses where they must and nothing else", () => {
  const jobs = messages.filter((body) => body.includes('"kind":"job"'));
  assert.ok(jobs.length > 20, `${jobs.length} jobs`);
  const findText = searcher(texts);
  const findAny = searcher({ ...texts, ...tokens });
  assert.deepEqual(messages.flatMap(findText), []);
  assert.deepEqual(
    messages.flatMap((body) => findAny(withoutAddresses(body))),
    [],
  );
  const carried = new Set(messages.flatMap(searcher(tokens)));
  assert.deepEqual(
    [...carried].sort(),
    Object.keys(tokens).sort(),
    "where they are is where they were looked for",
  );
});

test("the search is awake: what may be told is found on every surface, and a planted leak in every form", () => {
  const told = searcher({ id: "canary-id-which-is-logged" });
  const hits = (list: string[]) => list.flatMap(told).length;
  assert.ok(hits(world.logs.filter((line) => line.includes("_aws"))) > 0, "metrics");
  assert.ok(hits(world.logs.filter((line) => line.includes('"span"'))) > 0, "spans");
  assert.ok(
    hits(pages.filter(({ what }) => what.includes("traces")).map(({ text }) => text)) > 0,
    "trace pages",
  );
  assert.ok(hits(messages) > 0, "queue messages");
  assert.ok(pages.find(({ what }) => what === "/metrics")?.text.includes(app.id), "the metrics page");
  const find = searcher({ ...texts, ...tokens });
  const title = texts["title"]!;
  for (const leak of [
    JSON.stringify({ level: "info", message: title }),
    JSON.stringify({ error: JSON.stringify({ title }) }),
    `GET /x?title=${encodeURIComponent(title)}`,
    Buffer.from(`{"a":"${title}"}`).toString("base64"),
    Buffer.from(`xx${title}yy`).toString("base64url"),
    Buffer.from(title).toString("hex").toUpperCase(),
  ])
    assert.ok(find(leak).includes("title"), leak);
  const packed = Buffer.from(tokens["APNs token"]!, "hex").toString("base64url");
  assert.deepEqual(find(`{"token":"${packed}"}`), ["APNs token"]);
  assert.deepEqual(find(world.logs[0]!), [], "and it does not cry at everything");
});
