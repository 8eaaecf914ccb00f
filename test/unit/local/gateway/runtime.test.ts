import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { type Runtime, type RuntimeOptions, startRuntime } from "../../../../local/runtime/start.ts";
import { byConstruct, fixtureFunction, fixtureSynthesis } from "../template/fixture.ts";

const stateFolder = mkdtempSync(join(tmpdir(), "clarion-runtime-"));
const open: Runtime[] = [];
const lines: string[] = [];
const troubles: string[] = [];
let runtime: Runtime;

async function start(options: RuntimeOptions = {}): Promise<Runtime> {
  const started = await startRuntime({
    port: 0,
    stateFolder,
    synthesis: fixtureSynthesis,
    onLog: ({ line }) => lines.push(line),
    onTrouble: (text) => troubles.push(text),
    ...options,
  });
  open.push(started);
  return started;
}

before(async () => {
  runtime = await start({
    memory: true,
    extraEnvironment: { CLARION_EGRESS: "http://127.0.0.1:9" },
    routes: [
      { method: "GET", path: "/_local/providers/{name}/log", handle: ({ parameters }) => parameters["name"] },
    ],
  });
});

after(async () => {
  await Promise.all(open.map((one) => one.close()));
  rmSync(stateFolder, { recursive: true, force: true });
});

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `did not happen within 5 s; ${troubles.join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function getJson(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(runtime.apiUrl + path);
  assert.equal(response.status, 200, path);
  return (await response.json()) as Record<string, unknown>;
}

async function post(path: string, body: object): Promise<Response> {
  return fetch(runtime.apiUrl + path, { method: "POST", body: JSON.stringify(body) });
}

const queueUrl = (id: string) => runtime.door.sqs.queueUrl(byConstruct(runtime.deployment.queues, id).name);

test("HTTP reaches the function through the gateway of the template", async () => {
  const response = await post("/v1/users", { name: "Ada" });
  assert.equal(response.status, 201);
  const { event, environment } = (await response.json()) as {
    event: { body: string };
    environment: Record<string, string>;
  };
  assert.equal(event.body, '{"name":"Ada"}');
  assert.equal(environment["AWS_ENDPOINT_URL"], runtime.door.url);
  assert.equal(environment["JOBS_URL"], queueUrl("jobs"));
  assert.equal(environment["CLARION_EGRESS"], "http://127.0.0.1:9");
  const { units } = runtime.meter.totals();
  assert.ok((units["rest.request"] ?? 0) >= 1 && (units["lambda.gbSecond"] ?? 0) > 0);
});

test("a queue's messages reach their function with its own rights, and are deleted", async () => {
  await runtime.door.call({ kind: "admin" }, "sqs", "SendMessage", {
    QueueUrl: queueUrl("jobs"),
    MessageBody: "job-1",
  });
  await runtime.clock.advance(2_000);
  await until(() => lines.some((line) => line.includes('"body":"job-1"')));
  const { name } = byConstruct(runtime.deployment.queues, "jobs");
  const { visible, inFlight } = runtime.door.sqs.counts(name);
  assert.deepEqual([visible, inFlight], [0, 0]);
});

test("a rule fires on the virtual clock: the function and the queue", async () => {
  const seen = lines.length;
  await runtime.clock.advance(60_000);
  await until(() => lines.slice(seen).some((line) => line.includes('"detail-type":"Scheduled Event"')));
  const { name } = byConstruct(runtime.deployment.queues, "fired");
  assert.ok(runtime.door.sqs.counts(name).visible >= 1);
});

test("a socket opens through authorizer and $connect, and @connections reaches it through the door", async () => {
  const socket = new WebSocket(`${runtime.webSocketUrl}?v=1`);
  await once(socket, "open");
  const [connection] = runtime.gateway?.connections() ?? [];
  const { roleArn } = fixtureFunction(runtime.deployment, "socket");
  const [api] = runtime.deployment.webSocketApis;
  const text = once(socket, "message");
  const input = { ApiId: api?.id, Stage: "live", ConnectionId: connection?.id, Data: "hello" };
  await runtime.door.call({ kind: "role", roleArn }, "execute-api", "PostToConnection", input);
  assert.equal(String((await text)[0]), "hello");
  socket.close();
  await until(() => lines.some((line) => line.includes('"eventType":"DISCONNECT"')));
});

test("the local pages", async () => {
  const summary = await getJson("/_local/");
  assert.equal((summary["functions"] as unknown[]).length, 4);
  const { offsetMs } = await getJson("/_local/clock");
  const moved = (await (await post("/_local/clock", { advanceMs: 5_000 })).json()) as { offsetMs: number };
  assert.ok(moved.offsetMs > Number(offsetMs));
  assert.equal((await post("/_local/clock", { advanceMs: "soon" })).status, 400);
  const { name } = fixtureFunction(runtime.deployment, "http");
  await fetch(`${runtime.apiUrl}/health`);
  const killed = (await (await post(`/_local/functions/${name}/kill`, {})).json()) as { signalled: number };
  assert.ok(killed.signalled >= 1);
  const { name: table } = byConstruct(runtime.deployment.tables, "Directory");
  assert.equal((await post("/_local/throttle", { table, forMs: 1 })).status, 200);
  assert.equal((await post("/_local/throttle", { clear: true })).status, 200);
  const jobs = byConstruct(runtime.deployment.queues, "jobs").name;
  assert.equal((await post(`/_local/queues/${jobs}/faults`, { duplicatePercent: 0 })).status, 200);
  assert.equal(await (await fetch(`${runtime.apiUrl}/_local/providers/apns/log`)).text(), "apns");
  assert.equal((await fetch(`${runtime.apiUrl}/_local/nothing`)).status, 404);
  assert.ok(Array.isArray(await getJson("/_local/coverage")));
  assert.ok("units" in (await getJson("/_local/meter")));
  assert.equal((await fetch(`${runtime.apiUrl}/metrics`)).status, 200);
});

test("state survives a restart, and fresh forgets it", async () => {
  const first = await start();
  await first.clock.advance(3_600_000);
  const fired = (one: Runtime) => byConstruct(one.deployment.queues, "fired").name;
  const before = first.door.sqs.counts(fired(first)).visible;
  assert.ok(before > 0);
  await first.close();
  const second = await start();
  assert.ok(second.clock.offsetMs > 3_500_000);
  assert.ok(second.door.sqs.counts(fired(second)).visible >= before);
  await second.close();
  const third = await start({ fresh: true });
  assert.ok(third.clock.offsetMs < 1_000);
  assert.equal(third.door.sqs.counts(fired(third)).visible, 0);
});
