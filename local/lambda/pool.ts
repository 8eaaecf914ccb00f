/** All functions of a deployment and their environments, with the controls that tests and people have over them. */

import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { LocalFunction } from "../template/model.ts";
import { type ClockFile, createClockFile } from "./clock-file.ts";
import { EnvironmentStartError } from "./environment.ts";
import {
  createFunctionPool,
  type FunctionPool,
  type Slot,
  startCountdown,
  stopCountdown,
} from "./function-pool.ts";
import type { HandlerError, Invocation } from "./protocol.ts";
import { createReaper, type Reaper } from "./reaper.ts";
import { type SlotOptions, startSlot } from "./start-slot.ts";

export type EnvironmentState = {
  id: string;
  functionName: string;
  pid: number;
  state: "idle" | "busy" | "frozen";
  requestId: string | undefined;
};

export type PoolOptions = SlotOptions & {
  functions: LocalFunction[];
  clock: Pick<VirtualClock, "offsetMs" | "onShift">;
  /** Environments of all functions together; callers wait beyond it. */
  accountConcurrency?: number;
  /** Stop idle environments as Lambda does; `false` leaves them running. */
  freeze?: boolean;
  freezeAfterMs?: number;
  /** Called once an invocation, and once an environment's start (no event), with the CPU it took. */
  onUsed?(use: { fn: LocalFunction; cpuMs: number; invoked?: { event: unknown } }): void;
};

export type Pool = {
  /** By name, logical id or ARN. */
  invoke(functionId: string, event: unknown, traceHeader?: string): Promise<Invocation>;
  environments(): EnvironmentState[];
  /** Invocations in flight or waiting, those of environments that were told to freeze left out. */
  busy(): number;
  /** Invocations of the function that sit in environments told to freeze. */
  held(functionId: string): number;
  /** Every environment of the function, or the one environment. Answers how many were hit. */
  kill(target: string, signal?: NodeJS.Signals): number;
  freeze(environmentId: string): void;
  thaw(environmentId: string): void;
  /** Has so many environments of the function stand ready, as provisioned concurrency does. */
  warm(functionId: string, count: number): Promise<void>;
  /** Idle environments end now, busy ones after their event; the next event starts fresh ones. */
  recycle(functionId?: string): void;
  close(): Promise<void>;
};

const DEFAULT_ACCOUNT_CONCURRENCY = 40;
/** Long enough that a busy function is never stopped between two events of a burst. */
const DEFAULT_FREEZE_AFTER_MS = 200;

type Core = {
  options: PoolOptions;
  pools: FunctionPool[];
  reaper: Reaper;
  clockFile: ClockFile;
  /** One for each process that has not ended yet. */
  exits: Set<Promise<void>>;
  closed: boolean;
};

function slotsOf(core: Core): Slot[] {
  return core.pools.flatMap((pool) => [...pool.slots]);
}

function poolOf(core: Core, id: string): FunctionPool | undefined {
  return core.pools.find(({ fn }) => fn.name === id || fn.arn === id || fn.logicalId === id);
}

function slotOf(core: Core, id: string): Slot {
  const slot = slotsOf(core).find((one) => one.id === id);
  if (slot === undefined) throw new Error(`no environment ${id}; GET /_local/ lists those that run`);
  return slot;
}

function pumpAll(core: Core): void {
  for (const pool of core.pools) pool.pump();
}

/** Makes room for another function by ending an environment that nobody waits for. */
function evictIdle(core: Core): boolean {
  for (const pool of core.pools) {
    const idle = [...pool.slots].find((slot) => slot.requestId === undefined && slot.frozen !== "told");
    if (idle === undefined || pool.waiting() > 0) continue;
    pool.forget(idle);
    idle.environment.signal("SIGKILL");
    return true;
  }
  return false;
}

function mayStart(core: Core): boolean {
  if (core.closed) return false;
  const limit = core.options.accountConcurrency ?? DEFAULT_ACCOUNT_CONCURRENCY;
  const total = core.pools.reduce((sum, pool) => sum + pool.slots.size + pool.starting(), 0);
  return total < limit || evictIdle(core);
}

async function start(core: Core, pool: FunctionPool): Promise<Slot> {
  const { options, reaper, exits } = core;
  const exited = Promise.withResolvers<void>();
  exits.add(exited.promise);
  const onExit = (slot: Slot | undefined) => {
    exits.delete(exited.promise);
    exited.resolve();
    if (slot === undefined) return;
    clearTimeout(slot.idleTimer);
    reaper.remove(slot.environment.pid);
    pool.forget(slot);
    pumpAll(core);
  };
  const slot = await startSlot(
    pool.fn,
    { ...options, offsetMs: options.clock.offsetMs, clockFile: core.clockFile.path },
    onExit,
  ).catch((error: unknown) => {
    // Where not even a process came to be, there is no end of one to wait for.
    if (!(error instanceof EnvironmentStartError)) onExit(undefined);
    throw error;
  });
  reaper.add(slot.environment.pid);
  options.onUsed?.({ fn: pool.fn, cpuMs: slot.environment.initCpuMs });
  if (core.closed) slot.environment.signal("SIGKILL");
  return slot;
}

function addFunction(core: Core, fn: LocalFunction): void {
  const { options } = core;
  const pool: FunctionPool = createFunctionPool({
    fn,
    start: () => start(core, pool),
    mayStart: () => mayStart(core),
    offsetMs: () => options.clock.offsetMs,
    freezeAfterMs: options.freeze === false ? undefined : (options.freezeAfterMs ?? DEFAULT_FREEZE_AFTER_MS),
    onBilled: (cpuMs, event) => options.onUsed?.({ fn, cpuMs, invoked: { event } }),
    onStartFailed: (error: HandlerError) => {
      const line = `cannot start: ${error.errorType}: ${error.errorMessage}`;
      options.onLog?.({ functionName: fn.name, environmentId: "none", line });
    },
  });
  core.pools.push(pool);
}

function environmentsOf({ fn, slots }: FunctionPool): EnvironmentState[] {
  return [...slots].map((slot) => {
    const active = slot.requestId === undefined ? "idle" : "busy";
    const state = slot.frozen === "no" ? active : "frozen";
    return {
      id: slot.id,
      functionName: fn.name,
      pid: slot.environment.pid,
      state,
      requestId: slot.requestId,
    };
  });
}

function busy(core: Core): number {
  const running = slotsOf(core).filter((slot) => slot.requestId !== undefined && slot.frozen !== "told");
  return running.length + core.pools.reduce((sum, pool) => sum + pool.waiting(), 0);
}

function held(core: Core, id: string): number {
  const slots = [...(poolOf(core, id)?.slots ?? [])];
  return slots.filter((slot) => slot.requestId !== undefined && slot.frozen === "told").length;
}

function freeze(slot: Slot): void {
  clearTimeout(slot.idleTimer);
  if (slot.requestId !== undefined && slot.frozen === "no") stopCountdown(slot);
  slot.frozen = "told";
  slot.environment.signal("SIGSTOP");
}

function thaw(core: Core, slot: Slot): void {
  if (slot.frozen === "no") return;
  slot.frozen = "no";
  slot.environment.signal("SIGCONT");
  slot.environment.shift(core.options.clock.offsetMs);
  if (slot.requestId !== undefined) startCountdown(slot);
  pumpAll(core);
}

function retire(slot: Slot): void {
  slot.retired = true;
  if (slot.requestId === undefined) slot.environment.signal("SIGKILL");
}

function kill(core: Core, target: string, signal: NodeJS.Signals): number {
  const pool = poolOf(core, target);
  const slots = pool === undefined ? [slotOf(core, target)] : [...pool.slots];
  for (const slot of slots) slot.environment.signal(signal);
  return slots.length;
}

async function invoke(core: Core, id: string, event: unknown, traceHeader?: string): Promise<Invocation> {
  const pool = poolOf(core, id);
  if (pool === undefined) throw new Error(`no function ${id} in the template`);
  if (core.closed) throw new Error(`${pool.fn.name}: the runtime is closing`);
  return pool.invoke(event, traceHeader);
}

async function close(core: Core): Promise<void> {
  core.closed = true;
  for (const pool of core.pools) pool.failAll(`${pool.fn.name}: the runtime is closing`);
  for (const slot of slotsOf(core)) slot.environment.signal("SIGKILL");
  await Promise.all(core.exits);
  core.reaper.close();
  core.clockFile.close();
}

export function createPool(options: PoolOptions): Pool {
  const core: Core = {
    options,
    pools: [],
    reaper: createReaper(),
    clockFile: createClockFile(options.clock.offsetMs),
    exits: new Set(),
    closed: false,
  };
  for (const fn of options.functions) addFunction(core, fn);
  const stopShifting = options.clock.onShift((offsetMs) => {
    core.clockFile.write(offsetMs);
    for (const slot of slotsOf(core)) if (slot.frozen === "no") slot.environment.shift(offsetMs);
  });
  return {
    invoke: (id, event, traceHeader) => invoke(core, id, event, traceHeader),
    environments: () => core.pools.flatMap(environmentsOf),
    busy: () => busy(core),
    held: (id) => held(core, id),
    kill: (target, signal = "SIGKILL") => kill(core, target, signal),
    freeze: (id) => freeze(slotOf(core, id)),
    thaw: (id) => thaw(core, slotOf(core, id)),
    warm: async (id, count) => {
      const pool = poolOf(core, id);
      if (pool === undefined) throw new Error(`no function ${id} in the template`);
      await pool.warm(count);
    },
    recycle: (id) => {
      const pools = id === undefined ? core.pools : core.pools.filter(({ fn }) => fn.name === id);
      for (const slot of pools.flatMap((pool) => [...pool.slots])) retire(slot);
    },
    close: async () => {
      stopShifting();
      await close(core);
    },
  };
}
