import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const SETUP = resolve(import.meta.dirname, "../../../scripts/setup.mjs");

/** A checkout with an `npm` that takes a second and says that it ran. */
function checkout(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "clarion-setup-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["scripts", "bin"]) mkdirSync(join(root, folder));
  copyFileSync(SETUP, join(root, "scripts/setup.mjs"));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: {} }));
  writeFileSync(join(root, "work.mjs"), "process.exit(0);\n");
  const npm = [
    "#!/bin/sh",
    'echo run >> "$PWD/runs"',
    "sleep 1",
    "mkdir -p node_modules/node/bin",
    `ln -sf "${process.execPath}" node_modules/node/bin/node`,
  ];
  writeFileSync(join(root, "bin/npm"), npm.join("\n"));
  chmodSync(join(root, "bin/npm"), 0o755);
  const run = () =>
    new Promise<number | null>((done) => {
      const env = { ...process.env, PATH: `${join(root, "bin")}:${process.env["PATH"]}` };
      spawn(process.execPath, ["scripts/setup.mjs", "work.mjs"], { cwd: root, env, stdio: "ignore" }).on(
        "exit",
        done,
      );
    });
  const installs = () => readFileSync(join(root, "runs"), "utf8").trim().split("\n").length;
  return { root, run, installs };
}

test("two commands at once install once, and both do their work", async (t) => {
  const { root, run, installs } = checkout(t);
  assert.deepEqual(await Promise.all([run(), run(), run()]), [0, 0, 0]);
  assert.equal(installs(), 1);
  assert.equal(existsSync(join(root, ".setup.lock")), false);
  assert.equal(await run(), 0);
  assert.equal(installs(), 1, "what is set up is not set up again");
});

test("a lock whose owner was killed stops nobody", async (t) => {
  const { root, run, installs } = checkout(t);
  const dead = spawn("true");
  await new Promise((done) => dead.on("exit", done));
  mkdirSync(join(root, ".setup.lock"));
  writeFileSync(join(root, ".setup.lock/pid"), String(dead.pid));
  assert.equal(await run(), 0);
  assert.equal(installs(), 1);
});
