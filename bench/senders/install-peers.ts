import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../", import.meta.url));

/** The peers are dependencies of the benchmark alone; they are laid when they are missing or others. */
export function installPeers(): void {
  const laid = `${folder}node_modules/.package-lock.json`;
  if (existsSync(laid) && sameVersions(laid)) return;
  console.error("bench: installing the senders to compare with (once, into bench/node_modules) …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(
    npm,
    ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--loglevel=error"],
    {
      cwd: folder,
      // What npm says goes beside the figures, never among them.
      stdio: ["ignore", 2, "inherit"],
    },
  );
  if (done.error) throw new Error(`npm could not be run: ${done.error.message}`);
  if (done.status !== 0) throw new Error("npm ci in bench/ failed; its message is above");
}

function sameVersions(laid: string): boolean {
  const read = (path: string): Record<string, { version?: string; optional?: boolean }> =>
    JSON.parse(readFileSync(path, "utf8")).packages;
  const [wanted, present] = [read(`${folder}package-lock.json`), read(laid)];
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || present[path]?.version === version,
  );
}
