/** Starts one environment of a function and watches it until it ends. */

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LocalFunction } from "../template/model.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import type { Slot } from "./function-pool.ts";
import { type Credentials, environmentVariables } from "./variables.ts";

export type LogLine = { functionName: string; environmentId: string; line: string };

export type SlotOptions = {
  region: string;
  endpointUrl: string;
  /** `session` names the environment, so that the front door knows who calls. */
  credentialsFor(roleArn: string, session: string): Credentials;
  extraEnvironment?: Record<string, string>;
  /** Run the sources named by `clarion:entry` instead of the bundles. */
  sources?: { root: string };
  onLog?(line: LogLine): void;
};

/** `index.handler` -> the bundle's module and the export's name. */
export function handlerModule(fn: LocalFunction, sources?: { root: string }): { file: string; name: string } {
  const dot = fn.handler.lastIndexOf(".");
  const name = fn.handler.slice(dot + 1);
  if (sources !== undefined && fn.entry !== undefined) return { file: resolve(sources.root, fn.entry), name };
  const stem = join(fn.codeFolder, fn.handler.slice(0, dot));
  const file = [".mjs", ".js", ".cjs"].map((extension) => stem + extension).find(existsSync);
  if (file === undefined) throw new Error(`${fn.name}: no ${stem}.{mjs,js,cjs} in its bundle`);
  return { file, name };
}

function slotFor(environment: Environment): Slot {
  return {
    id: environment.id,
    environment,
    requestId: undefined,
    frozen: "no",
    remainingMs: 0,
    timer: undefined,
    countingSinceMs: 0,
    timedOut: false,
    retired: false,
    idleTimer: undefined,
  };
}

/** `onExit` is called exactly once, with no slot if the environment never became ready. */
export async function startSlot(
  fn: LocalFunction,
  options: SlotOptions & { offsetMs: number; clockFile: string },
  onExit: (slot: Slot | undefined) => void,
): Promise<Slot> {
  const id = `${fn.name}-${randomBytes(4).toString("hex")}`;
  const { file, name } = handlerModule(fn, options.sources);
  let slot: Slot | undefined;
  const environment = await startEnvironment({
    id,
    file,
    handlerName: name,
    offsetMs: options.offsetMs,
    clockFile: options.clockFile,
    variables: environmentVariables(fn, id, {
      region: options.region,
      endpointUrl: options.endpointUrl,
      credentials: options.credentialsFor(fn.roleArn, id),
      extra: options.extraEnvironment ?? {},
    }),
    onLine: (line) => options.onLog?.({ functionName: fn.name, environmentId: id, line }),
    onExit: () => onExit(slot),
  });
  slot = slotFor(environment);
  return slot;
}
