/** The environments of one function: started lazily, one event at a time each. */

import { randomUUID } from "node:crypto";
import type { LocalFunction } from "../template/model.ts";
import { type Environment, type EnvironmentAnswer, EnvironmentStartError } from "./environment.ts";
import { machineIsBusy } from "./machine-load.ts";
import type { HandlerError, Invocation } from "./protocol.ts";

/** More at once would only take CPU from those that already start. */
const MAXIMUM_STARTING = 1;
/**
 * Lambda starts an environment for every event that finds none free. Here a start takes the CPU of ten events from
 * those that are running. So events wait: briefly while the busy ones stand still, longer while they come free again
 * and again, longest while the machine has no CPU to spare.
 */
const PATIENCE_MS = { stuck: 250, moving: 400, busy: 3_000 };
/**
 * A line in which even the luckiest event has waited for a while does not go away by itself (the rule of CoDel for
 * routers' queues): one more environment then, and a longer look before the next where CPU is short.
 */
const STANDING_MS = { wait: 40, over: 1_000, busyOver: 3_000 };

export type Slot = {
  readonly id: string;
  readonly environment: Environment;
  requestId: string | undefined;
  /** `idle`: stopped between events as Lambda does; `told`: stopped by whoever tests a frozen sandbox. */
  frozen: "no" | "idle" | "told";
  /** Until the function's timeout; frozen environments do not count it down. */
  remainingMs: number;
  timer: NodeJS.Timeout | undefined;
  countingSinceMs: number;
  timedOut: boolean;
  /** No further event is given to it; it ends after the one in flight. */
  retired: boolean;
  idleTimer: NodeJS.Timeout | undefined;
};

export type FunctionPoolOptions = {
  fn: LocalFunction;
  start(): Promise<Slot>;
  mayStart(): boolean;
  offsetMs(): number;
  freezeAfterMs: number | undefined;
  onBilled(cpuMs: number, event: unknown): void;
  onStartFailed(error: HandlerError): void;
};

type Waiting = {
  requestId: string;
  event: unknown;
  traceHeader: string;
  sinceMs: number;
  done(invocation: Invocation): void;
};

export type FunctionPool = {
  readonly fn: LocalFunction;
  readonly slots: Set<Slot>;
  starting(): number;
  waiting(): number;
  invoke(event: unknown, traceHeader?: string): Promise<Invocation>;
  /** Starts environments until so many stand free, the busy ones not counted. */
  warm(count: number): Promise<void>;
  /** Called when an environment of another function made room. */
  pump(): void;
  forget(slot: Slot): void;
  failAll(reason: string): void;
};

export function failure(
  requestId: string,
  trouble: (Invocation & { ok: false })["trouble"],
  error: HandlerError,
): Invocation {
  return { ok: false, requestId, trouble, error };
}

function invocationOf(
  slot: Slot,
  requestId: string,
  answer: EnvironmentAnswer,
  fn: LocalFunction,
): Invocation {
  if (answer.kind === "result") return { ok: true, requestId, payload: answer.payload };
  if (answer.kind === "error") return failure(requestId, "handler", answer.error);
  if (slot.timedOut) {
    const errorMessage = `${requestId} Task timed out after ${fn.timeoutS.toFixed(2)} seconds`;
    return failure(requestId, "timeout", { errorType: "Sandbox.Timedout", errorMessage, trace: [] });
  }
  const errorMessage = `${fn.name}: environment ${slot.id} ${answer.description} during request ${requestId}`;
  return failure(requestId, "exit", { errorType: "Runtime.ExitError", errorMessage, trace: [] });
}

export function startCountdown(slot: Slot): void {
  slot.countingSinceMs = performance.now();
  slot.timer = setTimeout(() => {
    slot.timedOut = true;
    slot.environment.signal("SIGKILL");
  }, slot.remainingMs);
}

export function stopCountdown(slot: Slot): void {
  clearTimeout(slot.timer);
  slot.remainingMs -= performance.now() - slot.countingSinceMs;
}

function wake(slot: Slot): void {
  clearTimeout(slot.idleTimer);
  if (slot.frozen === "idle") slot.environment.signal("SIGCONT");
  slot.frozen = "no";
}

type Core = FunctionPoolOptions & {
  slots: Set<Slot>;
  queue: Waiting[];
  starting: number;
  running: number;
  /** When an event last ended. */
  lastEndMs: number;
  lookAgain?: NodeJS.Timeout | undefined;
  /** The shortest wait of those that were begun since `lookedMs`. */
  leastWaitMs: number;
  lookedMs: number;
};

function rest(core: Core, slot: Slot): void {
  slot.requestId = undefined;
  if (slot.retired) {
    slot.environment.signal("SIGKILL");
    return;
  }
  if (core.freezeAfterMs === undefined) return;
  slot.idleTimer = setTimeout(() => {
    slot.frozen = "idle";
    slot.environment.signal("SIGSTOP");
  }, core.freezeAfterMs);
  slot.idleTimer.unref();
}

async function run(core: Core, slot: Slot, waiting: Waiting): Promise<void> {
  const { requestId, event, traceHeader, done } = waiting;
  const { fn } = core;
  core.leastWaitMs = Math.min(core.leastWaitMs, performance.now() - waiting.sinceMs);
  wake(slot);
  core.running += 1;
  slot.requestId = requestId;
  slot.remainingMs = fn.timeoutS * 1000;
  const message = { requestId, event, traceHeader, functionArn: fn.arn, timeoutMs: slot.remainingMs };
  startCountdown(slot);
  const answer = await slot.environment.send({ kind: "event", ...message, offsetMs: core.offsetMs() });
  clearTimeout(slot.timer);
  core.running -= 1;
  core.lastEndMs = performance.now();
  if (answer.kind === "exit") {
    core.slots.delete(slot);
  } else {
    core.onBilled(answer.cpuMs, event);
    rest(core, slot);
  }
  done(invocationOf(slot, requestId, answer, fn));
  pump(core);
}

async function grow(core: Core): Promise<void> {
  core.starting += 1;
  try {
    core.slots.add(await core.start());
  } catch (error) {
    const cause = error instanceof EnvironmentStartError ? error.cause : startError(error);
    core.onStartFailed(cause);
    const next = core.queue.shift();
    next?.done(failure(next.requestId, "start", cause));
  } finally {
    core.starting -= 1;
    pump(core);
  }
}

async function warm(core: Core, count: number): Promise<void> {
  const free = [...core.slots].filter(({ requestId, retired }) => requestId === undefined && !retired).length;
  const missing = count - free - core.starting;
  for (let started = 0; started < missing && core.mayStart(); started += 1) await grow(core);
}

function startError(error: unknown): HandlerError {
  const errorMessage = error instanceof Error ? error.message : String(error);
  return { errorType: "Runtime.StartError", errorMessage, trace: [] };
}

function reserved(core: Core): number {
  return core.fn.reservedConcurrency ?? Number.POSITIVE_INFINITY;
}

function pump(core: Core): void {
  const { slots, queue } = core;
  for (const slot of slots) {
    const isFree = slot.requestId === undefined && !slot.retired && slot.frozen !== "told";
    const next = isFree ? queue.shift() : undefined;
    if (next !== undefined) void run(core, slot, next);
  }
  const room = Math.min(MAXIMUM_STARTING, reserved(core) - slots.size) - core.starting;
  const wanted = Math.min(Math.max(impatient(core), lineStands(core) ? 1 : 0) - core.starting, room);
  for (let started = 0; started < wanted && core.mayStart(); started += 1) void grow(core);
}

/** Events that have waited long enough to be worth an environment; the others are looked at again then. */
function impatient(core: Core): number {
  const { slots, queue } = core;
  // All that could come free are frozen, or there are none: nothing is worth waiting for.
  if (![...slots].some(({ frozen, retired }) => frozen !== "told" && !retired)) return queue.length;
  const nowMs = performance.now();
  const moving = nowMs - core.lastEndMs < PATIENCE_MS.stuck;
  const patienceMs = PATIENCE_MS[machineIsBusy() ? "busy" : moving ? "moving" : "stuck"];
  const waited = queue.filter(({ sinceMs }) => nowMs - sinceMs >= patienceMs).length;
  if (waited < queue.length) {
    core.lookAgain ??= setTimeout(() => {
      core.lookAgain = undefined;
      pump(core);
    }, PATIENCE_MS.stuck);
  }
  return waited;
}

function lineStands(core: Core): boolean {
  const nowMs = performance.now();
  if (nowMs - core.lookedMs < STANDING_MS[machineIsBusy() ? "busyOver" : "over"]) return false;
  const stands = core.queue.length > 0 && core.leastWaitMs > STANDING_MS.wait && core.leastWaitMs < Infinity;
  core.leastWaitMs = Infinity;
  core.lookedMs = nowMs;
  return stands;
}

function freshTraceHeader(): string {
  const root = randomUUID().replaceAll("-", "");
  return `Root=1-${root.slice(0, 8)}-${root.slice(8)};Parent=${root.slice(0, 16)};Sampled=0`;
}

function invoke(core: Core, event: unknown, traceHeader = freshTraceHeader()): Promise<Invocation> {
  const requestId = randomUUID();
  // Reserved concurrency refuses at once as on AWS; the account's limit only makes callers wait, because here
  // it stands for what the laptop can carry.
  if (core.running + core.queue.length >= reserved(core)) {
    const errorMessage = `${core.fn.name}: Rate Exceeded (reserved concurrency ${core.fn.reservedConcurrency})`;
    const error = { errorType: "TooManyRequestsException", errorMessage, trace: [] };
    return Promise.resolve(failure(requestId, "throttled", error));
  }
  return new Promise((done) => {
    core.queue.push({ requestId, event, traceHeader, sinceMs: performance.now(), done });
    pump(core);
  });
}

function failAll(core: Core, reason: string): void {
  clearTimeout(core.lookAgain);
  core.lookAgain = undefined;
  for (const { requestId, done } of core.queue.splice(0)) {
    done(failure(requestId, "exit", { errorType: "Runtime.ExitError", errorMessage: reason, trace: [] }));
  }
}

export function createFunctionPool(options: FunctionPoolOptions): FunctionPool {
  const core: Core = {
    ...options,
    slots: new Set(),
    queue: [],
    starting: 0,
    running: 0,
    lastEndMs: 0,
    leastWaitMs: Infinity,
    lookedMs: performance.now(),
  };
  return {
    fn: core.fn,
    slots: core.slots,
    starting: () => core.starting,
    waiting: () => core.queue.length,
    invoke: (event, traceHeader) => invoke(core, event, traceHeader),
    warm: (count) => warm(core, count),
    pump: () => pump(core),
    forget: (slot) => core.slots.delete(slot),
    failAll: (reason) => failAll(core, reason),
  };
}
