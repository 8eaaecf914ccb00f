import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { apiClient } from "../../local/demo/api-client.ts";
import { until } from "../e2e/harness.ts";

/** `npm start` loses its DynamoDB engine or its disk: it says so, ends with an error, and goes on at the next start. */

const folder = mkdtempSync(join(tmpdir(), "clarion-state-"));
const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

type Started = { child: ChildProcess; url: string; api: ReturnType<typeof apiClient>; output(): string };

const COMMAND = [process.execPath, "local/main.ts", "--no-demo", "--json", "--port", "0"];

/** Starts it with files of at most so many kilobytes. */
function launch(state: string, limitKb?: number): { child: ChildProcess; output(): string } {
  const shell = limitKb === undefined ? 'exec "$@"' : `ulimit -f ${limitKb * 2}; exec "$@"`;
  const child = spawn("/bin/sh", ["-c", shell, "sh", ...COMMAND, "--state", state], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream! }).on("line", (line) => {
      text += `${line}\n`;
    });
  return { child, output: () => text };
}

async function start(state: string, limitKb?: number): Promise<Started> {
  const { child, output } = launch(state, limitKb);
  const address = () => /http:\/\/localhost:\d+/.exec(output())?.[0];
  const key = () => /"admin key":"([^"]+)"/.exec(output())?.[1];
  await until(
    `it runs: ${output()}`,
    () => (address() !== undefined && key() !== undefined) || child.exitCode !== null,
    60_000,
  );
  assert.equal(child.exitCode, null, output());
  return { child, output, url: address()!, api: apiClient(address()!, key()!) };
}

async function endedBadly({ child, output }: Pick<Started, "child" | "output">): Promise<string> {
  if (child.exitCode === null) await once(child, "exit", { signal: AbortSignal.timeout(30_000) });
  assert.equal(child.exitCode, 1, output());
  assert.match(output(), /then npm start again/);
  assert.doesNotMatch(output(), /^\s+at /m);
  return output();
}

async function stop({ child }: Started): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
  assert.equal(child.exitCode, 0);
}

/** The engine's process id: the listener that this process's shell runs with this state. */
function engineOf(state: string): number {
  const lines = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  const found = lines.find(
    (line) => line.includes(`--db-path ${join(state, "state")}`) && !line.includes("/bin/sh"),
  );
  assert.ok(found, "the engine runs");
  return Number(found.trim().split(" ")[0]);
}

/** Sends large notifications until nobody answers any more. */
async function fill({ child, url }: Started, key: string, answered: string[]): Promise<void> {
  const api = apiClient(url, key);
  const content = { title: "large", metadata: { note: "x".repeat(100_000) } };
  for (let n = 0; child.exitCode === null; n++) {
    const body = { id: `full-${n}`, to: { users: ["nobody"] }, channels: ["inApp"], content };
    if ((await api.call("POST", "/v1/notifications", body)).status === 202) answered.push(`full-${n}`);
  }
}

test("the engine is killed: a message, an error code, and the data at the next start", async () => {
  const state = join(folder, "killed");
  const first = await start(state);
  await first.api.ok("POST", "/v1/apps", { id: "kept" });
  process.kill(engineOf(state), "SIGKILL");
  assert.match(await endedBadly(first), /The DynamoDB engine ended \(signal SIGKILL\)/);
  const second = await start(state);
  assert.equal((await second.api.ok("GET", "/v1/apps/kept"))["id"], "kept");
  await stop(second);
});

test("the disk takes nothing more: a message, an error code, and what was answered at the next start", async () => {
  const state = join(folder, "killed");
  const full = await start(state, 6_000);
  const { key } = await full.api.ok("POST", "/v1/apps/kept/keys", { name: "test", scopes: ["send", "read"] });
  const answered: string[] = [];
  const filling = fill(full, String(key), answered).catch(() => undefined); // ends with the connection
  assert.match(await endedBadly(full), /engine ended|the disk does not take/);
  await filling;
  assert.ok(answered.length > 0);
  const again = await start(state);
  const asApp = apiClient(again.url, String(key));
  for (const id of answered) assert.equal((await asApp.ok("GET", `/v1/notifications/${id}`))["id"], id);
  await stop(again);
});

test("a state folder that cannot be written is named at the start", async () => {
  const state = join(folder, "a-file");
  mkdirSync(folder, { recursive: true });
  writeFileSync(state, "in the way");
  chmodSync(state, 0o400);
  const { child, output } = launch(state);
  assert.match(await endedBadly({ child, output }), /the disk does not take what is written \(.*a-file/);
});
