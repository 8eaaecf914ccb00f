import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClock } from "../../../../local/clock/virtual-clock.ts";
import { createPool, type Pool, type PoolOptions } from "../../../../local/lambda/pool.ts";
import type { Invocation } from "../../../../local/lambda/protocol.ts";
import type { Deployment } from "../../../../local/template/model.ts";
import { fixtureDeployment, fixtureFunction } from "../template/fixture.ts";

let deployment: Deployment;
const clock = createClock();
const open: Pool[] = [];

before(async () => {
  deployment = await fixtureDeployment();
});

after(async () => {
  await Promise.all(open.map((pool) => pool.close()));
  clock.close();
});

function startPool(options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({
    functions: deployment.functions,
    region: "us-east-1",
    endpointUrl: "http://127.0.0.1:9",
    credentialsFor: (roleArn) => ({ accessKeyId: roleArn.slice(-20), secretAccessKey: "secret" }),
    clock,
    ...options,
  });
  open.push(pool);
  return pool;
}

const httpEvent = (wish?: string) => ({ path: "/x", headers: wish === undefined ? {} : { "x-do": wish } });

type Seen = {
  now: number;
  pid: number;
  remainingMs: number;
  functionName: string;
  environment: Record<string, string>;
  heapFlags: string[];
};

function seen(invocation: Invocation): Seen {
  assert.ok(invocation.ok, JSON.stringify(invocation));
  return JSON.parse((invocation.payload as { body: string }).body);
}

/** On a busy machine the pool itself waits for seconds before it starts another process. */
const PATIENCE_MS = 30_000;

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(performance.now() < endMs, "did not happen within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("an invocation sees Lambda's environment, a context and its own log sink", async () => {
  const lines: string[] = [];
  const uses: number[] = [];
  const pool = startPool({
    extraEnvironment: { CLARION_EGRESS: "egress" },
    onLog: ({ line }) => lines.push(line),
    onUsed: ({ cpuMs }) => uses.push(cpuMs),
  });
  const fn = fixtureFunction(deployment, "http");
  const answer = seen(await pool.invoke(fn.arn, httpEvent()));
  assert.equal(answer.functionName, fn.name);
  assert.ok(answer.remainingMs > 2_000 && answer.remainingMs <= 3_000);
  assert.equal(answer.environment["AWS_ENDPOINT_URL"], "http://127.0.0.1:9");
  assert.equal(answer.environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
  assert.deepEqual(answer.heapFlags, ["--max-semi-space-size=12", "--max-old-space-size=231"]);
  assert.equal(answer.environment["CLARION_EGRESS"], "egress");
  assert.equal(answer.environment["JOBS_URL"]?.startsWith("http://127.0.0.1:4999/000000000000/jobs"), true);
  assert.match(answer.environment["_X_AMZN_TRACE_ID"] ?? "", /^Root=1-/);
  await until(() => lines.some((line) => line.includes('"path":"/x"')));
  assert.equal(uses.length, 2);
});

test("an error, a crash and a bad export fail the one invocation, clearly", async () => {
  const pool = startPool();
  const { name } = fixtureFunction(deployment, "http");
  const thrown = await pool.invoke(name, httpEvent("throw"));
  assert.ok(!thrown.ok && thrown.trouble === "handler");
  assert.equal(thrown.error.errorMessage, "asked to throw");
  const crashed = await pool.invoke(name, httpEvent("exit"));
  assert.ok(!crashed.ok && crashed.trouble === "exit");
  assert.match(crashed.error.errorMessage, /exited with status 3 during request/);
  assert.ok((await pool.invoke(name, httpEvent())).ok);
  const broken = startPool({
    functions: [{ ...fixtureFunction(deployment, "http"), handler: "index.nothing" }],
  });
  const unusable = await broken.invoke(name, {});
  assert.ok(!unusable.ok && unusable.trouble === "start");
  assert.match(unusable.error.errorMessage, /exports no function nothing/);
});

test("a function that exceeds its timeout is killed", async () => {
  const fn = { ...fixtureFunction(deployment, "http"), timeoutS: 0.3 };
  const pool = startPool({ functions: [fn] });
  const late = await pool.invoke(fn.name, httpEvent("hang"));
  assert.ok(!late.ok && late.trouble === "timeout");
  assert.match(late.error.errorMessage, /Task timed out after 0.30 seconds/);
});

test("one event at a time, more environments up to the limits", async () => {
  const pool = startPool({ accountConcurrency: 2 });
  const { name } = fixtureFunction(deployment, "http");
  const pids = (await Promise.all(Array.from({ length: 8 }, () => pool.invoke(name, httpEvent())))).map(
    (invocation) => seen(invocation).pid,
  );
  assert.ok(new Set(pids).size <= 2);
  const other = await pool.invoke(fixtureFunction(deployment, "authorizer").name, { methodArn: "arn" });
  assert.ok(other.ok, "an idle environment makes room for another function");
  const reserved = { ...fixtureFunction(deployment, "http"), reservedConcurrency: 1 };
  const small = startPool({ functions: [reserved] });
  const both = await Promise.all([small.invoke(name, httpEvent()), small.invoke(name, httpEvent())]);
  assert.ok(both.some((one) => !one.ok && one.trouble === "throttled"));
});

test("the wall clock is virtual in new and in running environments", async () => {
  const pool = startPool();
  const { name } = fixtureFunction(deployment, "http");
  const first = seen(await pool.invoke(name, httpEvent()));
  assert.ok(Math.abs(first.now - clock.now()) < 2_000);
  await clock.advance(86_400_000);
  const second = seen(await pool.invoke(name, httpEvent()));
  assert.equal(second.pid, first.pid);
  assert.ok(Math.abs(second.now - clock.now()) < 2_000);
});

test("idle environments are stopped and run on at the next event", async () => {
  const pool = startPool({ freezeAfterMs: 5 });
  const { name } = fixtureFunction(deployment, "http");
  const first = seen(await pool.invoke(name, httpEvent()));
  await until(() => pool.environments()[0]?.state === "frozen");
  assert.equal(seen(await pool.invoke(name, httpEvent())).pid, first.pid);
});

test("an environment frozen in flight neither times out nor counts as busy, and answers when thawed", async () => {
  const pool = startPool();
  const { name } = fixtureFunction(deployment, "http");
  await pool.invoke(name, httpEvent());
  const pending = pool.invoke(name, httpEvent());
  const [environment] = pool.environments();
  assert.ok(environment?.state === "busy");
  pool.freeze(environment.id);
  assert.equal(pool.busy(), 0);
  assert.ok((await pool.invoke(name, httpEvent())).ok, "another environment takes the next event");
  pool.thaw(environment.id);
  assert.equal(seen(await pending).pid, environment.pid);
});

test("warm has so many environments stand ready and counts neither more nor twice", async () => {
  const pool = startPool();
  const { name } = fixtureFunction(deployment, "http");
  await pool.warm(name, 2);
  await pool.warm(name, 2);
  assert.deepEqual(
    pool.environments().map(({ state }) => state),
    ["idle", "idle"],
  );
  await assert.rejects(pool.warm("nobody", 1), /no function nobody/);
});

test("kill fails what is in flight; recycle ends idle environments", async () => {
  const pool = startPool();
  const { name } = fixtureFunction(deployment, "http");
  const first = seen(await pool.invoke(name, httpEvent()));
  const pending = pool.invoke(name, httpEvent("hang"));
  assert.equal(pool.kill(name), 1);
  const killed = await pending;
  assert.ok(!killed.ok && killed.trouble === "exit");
  assert.match(killed.error.errorMessage, /was ended by SIGKILL/);
  const second = seen(await pool.invoke(name, httpEvent()));
  assert.notEqual(second.pid, first.pid);
  pool.recycle(name);
  await until(() => pool.environments().length === 0);
});

test("sources run as they are when asked to", async () => {
  const pool = startPool({ sources: { root: process.cwd() } });
  const { name } = fixtureFunction(deployment, "http");
  assert.equal(seen(await pool.invoke(name, httpEvent())).functionName, name);
});

test("a line that stands for a second gets one more environment, however short each wait in it", async () => {
  const pool = startPool();
  const fn = fixtureFunction(deployment, "http");
  const invoke = () => pool.invoke(fn.name, httpEvent("wait"));
  await invoke();
  // Four at once, 50 ms each: everybody waits 150 ms, which nobody by himself would call long.
  let over = false;
  const callers = Array.from({ length: 4 }, async () => {
    while (!over) assert.ok((await invoke()).ok);
  });
  await until(() => pool.environments().length > 1);
  over = true;
  await Promise.all(callers);
});

test("what cannot even be started is told, and keeps nobody from closing", async () => {
  const lines: string[] = [];
  const fn = { ...fixtureFunction(deployment, "http"), codeFolder: "/nowhere" };
  const pool = startPool({ functions: [fn], onLog: ({ line }) => lines.push(line) });
  const invocation = await pool.invoke(fn.name, httpEvent());
  assert.equal(invocation.ok ? "ok" : invocation.trouble, "start");
  assert.match(lines.join(), /cannot start: .*\/nowhere/);
  open.splice(open.indexOf(pool), 1);
  await pool.close();
});
