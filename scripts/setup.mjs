// Runs on whatever Node the machine has (>= 20): sets up what is missing, then hands over to the project's own Node 24.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [script, ...args] = process.argv.slice(2);
const stamp = join(root, "node_modules", ".clarion-setup");

/** The setup stands for one lock file and one Node: a change of either repeats it. */
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

function fail(message) {
  console.error(`clarion: ${message}`);
  process.exit(1);
}

/** npm's install script for `node` may have been held back; the binary of its platform package is there all the same. */
function projectNode() {
  const platform = { win32: "win" }[process.platform] ?? process.platform;
  const binary = process.platform === "win32" ? "node.exe" : "node";
  return [
    join(root, "node_modules", "node", "bin", binary),
    join(root, "node_modules", `node-${platform}-${process.arch}`, "bin", binary),
    join(root, "node_modules", "node", "node_modules", `node-${platform}-${process.arch}`, "bin", binary),
  ].find((path) => existsSync(path) && spawnSync(path, ["--version"]).stdout?.toString().startsWith("v24."));
}

function install() {
  console.log("clarion: installing dependencies (once) …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (done.error) fail(`npm could not be run (${done.error.message}): install Node.js 20 or newer with npm`);
  if (done.status !== 0) fail("npm ci failed; its message is above. Mend it and run the command again.");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

if (Number(process.versions.node.split(".")[0]) < 20)
  fail(`Node ${process.versions.node} is too old: 20 or newer starts this, the rest comes from npm`);
const isSetUp = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
if (!isSetUp()) alone(() => isSetUp() || setUp());

function setUp() {
  // `npm ci` run by hand is as good: it leaves its own copy of the lock file.
  if (existsSync(join(root, "node_modules", ".package-lock.json")) && projectNode() && sameLock())
    writeFileSync(stamp, wanted);
  else install();
}

/** Two commands started at once must not install into the same folder: one does, the other waits for it. */
function alone(work) {
  const lock = join(root, ".setup.lock");
  while (!taken(lock)) {
    if (isLeft(lock)) rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  const free = () => rmSync(lock, { recursive: true, force: true });
  process.on("exit", free);
  work();
  free();
  process.off("exit", free);
}

function taken(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  return true;
}

/** Whether whoever took it is gone: killed in mid-install. */
function isLeft(lock) {
  try {
    const owner = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"), "utf8")) : 0;
    if (owner === 0) return Date.now() - statSync(lock).mtimeMs > 10_000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    // ENOENT: freed in this moment; ESRCH: there is no such process any more.
    return error.code === "ESRCH";
  }
}

/** Whether node_modules was laid from this lock file: every package of it stands there in the same version. */
function sameLock() {
  const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  const [locked, laid] = [read("package-lock.json"), read("node_modules/.package-lock.json")];
  return Object.entries(locked).every(
    ([path, { version, optional }]) => path === "" || optional || laid[path]?.version === version,
  );
}

const node = projectNode();
if (!node) fail("Node 24 was not found in node_modules: run `npm ci` and look at what it says");

const child = spawn(node, [script, ...args], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${dirname(node)}:${join(root, "node_modules", ".bin")}:${process.env.PATH}` },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
