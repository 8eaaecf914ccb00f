import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { until } from "./harness.ts";

/** `npm start` as people use it: started, stopped, started again, begun anew, and started twice. */

const state = mkdtempSync(join(tmpdir(), "clarion-start-"));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(state, { recursive: true, force: true });
});

type Started = { child: ChildProcess; output(): string };

function launch(...flags: string[]): Started {
  const args = ["local/main.ts", "--port", "0", "--state", state, ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream!.on("data", (some) => (text += some));
  return { child, output: () => text };
}

/** Until its invitation stands there, or it has ended. */
async function settled(started: Started): Promise<Started> {
  const { child, output } = started;
  await until("it runs", () => output().includes("Ctrl-C") || child.exitCode !== null, 60_000);
  return started;
}

/** It runs, and its first notification was delivered. */
async function welcomed(...flags: string[]): Promise<Started> {
  const started = await settled(launch(...flags));
  assert.equal(started.child.exitCode, null, started.output());
  assert.match(started.output(), /completed\s+4 of 4 targets accepted/);
  return started;
}

async function stop({ child, output }: Started): Promise<void> {
  child.kill("SIGINT");
  if (child.exitCode === null) await once(child, "exit", { signal: AbortSignal.timeout(30_000) });
  assert.equal(child.exitCode, 0, output());
}

const keptKey = (): string => JSON.parse(readFileSync(join(state, "demo.json"), "utf8")).key;

test("a restart finds what was there, --fresh begins anew, and both send their first notification", async () => {
  await stop(await welcomed());
  const first = keptKey();
  await stop(await welcomed());
  assert.equal(keptKey(), first, "the key that was printed still opens");
  await stop(await welcomed("--fresh"));
  assert.notEqual(keptKey(), first);
});

test("a second one in the same folder says so, and leaves the first alone", async () => {
  const one = await welcomed();
  const two = await settled(launch("--fresh"));
  assert.equal(two.child.exitCode, 1);
  assert.match(two.output(), /another Clarion keeps its state in .*--state DIR/);
  assert.doesNotMatch(two.output(), /^\s+at /m);
  await stop(one);
  await stop(await welcomed());
});
