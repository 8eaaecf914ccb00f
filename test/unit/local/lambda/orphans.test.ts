import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** A dead child of a container's first process may stay as a zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    // No such process.
    return false;
  }
  const file = `/proc/${pid}/stat`;
  return !existsSync(file) || !/\) Z /.test(readFileSync(file, "utf8"));
}

test("environments, frozen ones too, end with a runtime that is killed", async () => {
  const script = fileURLToPath(new URL("./orphan-parent.ts", import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const environments = JSON.parse(line) as { pid: number; state: string }[];
  assert.equal(environments.length, 2);
  assert.ok(environments.some(({ state }) => state === "frozen"));
  assert.ok(environments.every(({ pid }) => isAlive(pid)));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  const endMs = performance.now() + 5_000;
  while (environments.some(({ pid }) => isAlive(pid))) {
    assert.ok(performance.now() < endMs, "still alive after 5 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});
