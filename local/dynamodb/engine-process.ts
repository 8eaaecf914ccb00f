import { type ChildProcess, spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { findEngine } from "./binary.ts";

/** The engine could not hold its tables: its message is for people. */
export class EngineEndedError extends Error {
  override readonly name = "EngineEndedError";
}

export type EngineProcess = { url: string; pid: number; close(): Promise<void> };

/**
 * Waits for the end of its standard input, which comes when this process dies in whatever way, and ends the engine
 * with it. `read` is built in, so nothing is left behind when the engine ends first. A shell that is told to end takes
 * the engine along, also before it has begun to wait: an engine without it would hold this process's pipes open for ever.
 */
const DIES_WITH_PARENT = `
  trap 'kill "\${engine:-$!}" $watcher 2>/dev/null; exit 143' TERM
  exec 3<&0
  "$0" "$@" 3<&- &
  engine=$!
  ( read -r _ <&3; kill "$engine" 2>/dev/null ) &
  watcher=$!
  wait "$engine"
  code=$?
  kill "$watcher" 2>/dev/null
  exit "$code"
`;
const START_LIMIT_MS = 10_000;
const POLL_MS = 3;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1.");
  return address.port;
}

/** A shell's code above 128 is the signal that ended what it ran. */
function shellCode(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return signal ? `signal ${signal[0]}` : `exit code ${code}`;
}

const endOf = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `signal ${signal}` : shellCode(code ?? 0)));
  });

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** It answers, or it has ended, or the time is up. */
async function untilReady(port: number, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!hasEnded() && !(await connects(port))) {
    if (performance.now() > deadline)
      throw new Error(`The DynamoDB engine was not ready in ${START_LIMIT_MS} ms.`);
    await sleep(POLL_MS);
  }
}

export async function startEngineProcess(options: {
  dbPath?: string;
  onExit?: (reason: string) => void;
}): Promise<EngineProcess> {
  const binary = findEngine();
  const port = await freePort();
  const flags = ["--port", String(port), ...(options.dbPath ? ["--db-path", options.dbPath] : [])];
  const child = spawn("/bin/sh", ["-c", DIES_WITH_PARENT, binary, ...flags], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  // Writing is never done; closing may race with the child's end.
  child.stdin.on("error", () => undefined);
  let closing = false;
  let endedBy: string | undefined;
  const ended = endOf(child).then((reason) => {
    endedBy = reason;
    if (ready && !closing) options.onExit?.(`The DynamoDB engine ended (${reason}). ${complaint}`);
  });
  let ready = false;
  await untilReady(port, () => endedBy !== undefined).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  if (endedBy !== undefined)
    throw new EngineEndedError(`The DynamoDB engine ended at start (${endedBy}). ${complaint}`);
  ready = true;
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    async close() {
      closing = true;
      child.stdin.end();
      await ended;
    },
  };
}
