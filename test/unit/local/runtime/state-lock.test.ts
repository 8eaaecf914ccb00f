import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lockState, StateInUseError } from "../../../../local/runtime/state-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "clarion-lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const inUse = (error: Error) => {
  assert.ok(error instanceof StateInUseError, error.stack);
  assert.match(error.message, /another Clarion .*--state DIR/);
  return true;
};

test("a state folder is held by one runtime, until it lets go", () => {
  const release = lockState(folder);
  assert.throws(() => lockState(folder), inUse);
  release();
  lockState(folder)();
});

test("a runtime that was killed holds nothing", async () => {
  const module = new URL("../../../../local/runtime/state-lock.ts", import.meta.url).href;
  const holder = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { lockState } = await import(${JSON.stringify(module)});
      lockState(${JSON.stringify(folder)});
      console.log("held");
      setInterval(() => undefined, 1_000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(holder.stdout, "data");
  assert.throws(() => lockState(folder), inUse);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  lockState(folder)();
});
