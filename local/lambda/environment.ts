/** One execution environment as the pool sees it: a child process that takes one event at a time. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { compiled } from "./compiled.ts";
import type { FromChild, HandlerError, ToChild } from "./protocol.ts";

export type EnvironmentAnswer =
  | { kind: "result"; payload: unknown; cpuMs: number }
  | { kind: "error"; error: HandlerError; cpuMs: number }
  | { kind: "exit"; description: string };

export type Environment = {
  readonly id: string;
  readonly pid: number;
  /** CPU spent from the start of the process until the handler was imported. */
  readonly initCpuMs: number;
  send(message: ToChild & { kind: "event" }): Promise<EnvironmentAnswer>;
  shift(offsetMs: number): void;
  signal(signal: NodeJS.Signals): void;
};

export type EnvironmentOptions = {
  id: string;
  file: string;
  handlerName: string;
  variables: Record<string, string>;
  offsetMs: number;
  /** Where the clock's offset stands (clock-file.ts). */
  clockFile: string;
  onLine(line: string): void;
  onExit(description: string): void;
};

/** Why a handler could not be imported, or why its process ended before it was ready. */
export class EnvironmentStartError extends Error {
  override readonly name = "EnvironmentStartError";
  override readonly cause: HandlerError;

  constructor(cause: HandlerError) {
    super(`${cause.errorType}: ${cause.errorMessage}`);
    this.cause = cause;
  }
}

/** What the bootstrap of Lambda's Node.js runtimes tells V8: a tenth of the memory is for young objects. */
function heapFlags(memoryMb: number): string[] {
  const newSpace = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(newSpace / 2)}`, `--max-old-space-size=${memoryMb - newSpace}`];
}

function startChild(options: EnvironmentOptions): ChildProcess {
  const memoryMb = Number(options.variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] ?? 0);
  const flags = [
    ...(memoryMb > 0 ? heapFlags(memoryMb) : []),
    "--disable-warning=ExperimentalWarning",
    "--import",
    pathToFileURL(compiled("clock-preload")).href,
  ];
  return spawn(process.execPath, [...flags, compiled("child"), options.file, options.handlerName], {
    env: {
      ...options.variables,
      CLARION_CLOCK_OFFSET_MS: String(options.offsetMs),
      CLARION_CLOCK_FILE: options.clockFile,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", onLine);
  }
}

function exitDescription(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with status ${code}` : `was ended by ${signal}`;
}

function asAnswer(message: FromChild & { kind: "result" | "error" }): EnvironmentAnswer {
  if (message.kind === "error") return { kind: "error", error: message.error, cpuMs: message.cpuMs };
  return { kind: "result", payload: JSON.parse(message.payload), cpuMs: message.cpuMs };
}

export function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const child = startChild(options);
  collectLines(child, options.onLine);
  let answer: ((answer: EnvironmentAnswer) => void) | undefined;
  const settle = (value: EnvironmentAnswer) => {
    const waiting = answer;
    answer = undefined;
    waiting?.(value);
  };
  const post = (message: ToChild) => {
    // A child that has just died shows itself by its exit; the lost message needs no second report.
    if (child.connected) child.send(message, () => undefined);
  };
  const handle = (initCpuMs: number): Environment => ({
    id: options.id,
    pid: child.pid ?? -1,
    initCpuMs,
    send: (message) =>
      new Promise((resolve) => {
        answer = resolve;
        if (!child.connected) settle({ kind: "exit", description: "was already gone" });
        else post(message);
      }),
    shift: (offsetMs) => post({ kind: "clock", offsetMs }),
    signal: (signal) => {
      child.kill(signal);
    },
  });
  return new Promise((resolve, reject) => {
    const failStart = (errorType: string, errorMessage: string) =>
      reject(new EnvironmentStartError({ errorType, errorMessage, trace: [] }));
    child.on("message", (message: FromChild) => {
      if (message.kind === "ready") resolve(handle(message.cpuMs));
      else if (message.kind === "unusable") {
        reject(new EnvironmentStartError(message.error));
        child.kill("SIGKILL");
      } else settle(asAnswer(message));
    });
    child.on("error", (error) => {
      failStart("Runtime.StartError", error.message);
      // Without a process there will be no exit to wait for.
      if (child.pid === undefined) options.onExit(error.message);
    });
    child.on("exit", (code, signal) => {
      const description = exitDescription(code, signal);
      failStart("Runtime.ExitError", `the process ${description} before the handler was imported`);
      settle({ kind: "exit", description });
      options.onExit(description);
    });
  });
}
