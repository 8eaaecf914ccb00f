/**
 * A frozen (SIGSTOPped) environment does not see that its parent died, so a small shell that is never frozen holds
 * the list of process ids and kills what is left when its standard input closes.
 */

import { spawn } from "node:child_process";

const SCRIPT = `trap '' INT TERM HUP; pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids 2>/dev/null`;

export type Reaper = { add(pid: number): void; remove(pid: number): void; close(): void };

export function createReaper(): Reaper {
  const pids = new Set<number>();
  const shell = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"] });
  shell.on("error", (error) =>
    console.error(`clarion: no guard for orphaned environments: ${error.message}`),
  );
  // The guard may be gone before the last list is written; nothing is left to guard then.
  shell.stdin.on("error", () => undefined);
  shell.unref();
  const tell = () => shell.stdin.write(`${[...pids].join(" ")}\n`);
  return {
    add: (pid) => {
      pids.add(pid);
      tell();
    },
    remove: (pid) => {
      pids.delete(pid);
      tell();
    },
    close: () => {
      shell.stdin.end();
    },
  };
}
