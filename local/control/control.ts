/** The routes of /_local/ that every runtime has. */

import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Door } from "../door/door.ts";
import type { SocketGateway } from "../gateway/websocket.ts";
import type { Pool } from "../lambda/pool.ts";
import type { Deployment } from "../template/model.ts";
import type { Metrics } from "./metrics.ts";
import type { LocalRequest, LocalRoute } from "./routes.ts";
import { traceTree } from "./trace-tree.ts";
import type { Traces } from "./traces.ts";

export type ControlOptions = {
  deployment: Deployment;
  clock: VirtualClock;
  door: Pick<Door, "meter" | "coverage" | "faults" | "sqs">;
  pool: Pool;
  sockets: SocketGateway | undefined;
  metrics: Metrics;
  traces: Traces;
};

function numberIn(body: Record<string, unknown>, name: string): number {
  const value = body[name];
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${name} must be a number of at least 0`);
}

function clockState({ clock }: ControlOptions): object {
  return { now: new Date(clock.now()).toISOString(), nowMs: clock.now(), offsetMs: clock.offsetMs };
}

function summary(options: ControlOptions): object {
  const { deployment, door, pool, sockets } = options;
  const environments = pool.environments();
  return {
    clock: clockState(options),
    functions: deployment.functions.map(({ name }) => ({
      name,
      environments: environments.filter(({ functionName }) => functionName === name),
    })),
    queues: deployment.queues.map(({ name }) => ({ name, ...door.sqs.counts(name) })),
    connections: sockets?.connections() ?? [],
    outputs: deployment.outputs,
  };
}

/** Stopping has routes of its own, which the pool takes into account. */
const SIGNALS = ["SIGKILL", "SIGTERM"] as const;

function kill({ pool }: ControlOptions, { parameters, body }: LocalRequest): object {
  const signal = SIGNALS.find((one) => one === (body["signal"] ?? "SIGKILL"));
  if (signal === undefined) throw new Error(`signal must be one of ${SIGNALS.join(", ")}`);
  return { signalled: pool.kill(parameters["name"] ?? "", signal) };
}

function functionRoutes(options: ControlOptions): LocalRoute[] {
  const { pool } = options;
  const hold = (act: (environmentId: string) => void) => {
    return ({ parameters }: LocalRequest) => {
      const id = parameters["name"] ?? "";
      const ofFunction = pool.environments().filter((one) => one.functionName === id);
      const ids = ofFunction.length > 0 ? ofFunction.map((one) => one.id) : [id];
      for (const one of ids) act(one);
      return { environments: ids };
    };
  };
  return [
    { method: "POST", path: "/_local/functions/{name}/kill", handle: (request) => kill(options, request) },
    { method: "POST", path: "/_local/functions/{name}/freeze", handle: hold(pool.freeze) },
    { method: "POST", path: "/_local/functions/{name}/thaw", handle: hold(pool.thaw) },
  ];
}

const THROTTLE_CODES = ["ProvisionedThroughputExceededException", "ThrottlingException"] as const;

function tableNamed({ deployment }: ControlOptions, given: unknown): string {
  const table = deployment.tables.find(({ name, logicalId }) => name === given || logicalId === given);
  if (table !== undefined) return table.name;
  throw new Error(`table must be one of ${deployment.tables.map(({ name }) => name).join(", ")}`);
}

/** `{table, kind?, percent?, pkPrefix?, code?, delayMs?, forMs?}`, or `{clear: true}`. */
function throttle(options: ControlOptions, body: Record<string, unknown>): object {
  const faults = options.door.faults.dynamodb;
  if (body["clear"] === true) {
    faults.clear();
    return { cleared: true };
  }
  const table = tableNamed(options, body["table"]);
  const until = body["forMs"] === undefined ? {} : { untilMs: options.clock.now() + numberIn(body, "forMs") };
  const percent = body["percent"] === undefined ? 100 : numberIn(body, "percent");
  const kind = body["kind"] ?? "throttle";
  if (kind === "stall") faults.stall({ table, percent, delayMs: numberIn(body, "delayMs"), ...until });
  else if (kind === "unprocessed") faults.unprocessed({ table, percent, ...until });
  else if (kind !== "throttle") throw new Error("kind must be throttle, stall or unprocessed");
  else {
    const code = THROTTLE_CODES.find((one) => one === body["code"]);
    const pkPrefix = typeof body["pkPrefix"] === "string" ? body["pkPrefix"] : undefined;
    faults.throttle({ table, percent, ...until, ...(code && { code }), ...(pkPrefix && { pkPrefix }) });
  }
  return { table, kind, percent, ...until };
}

function queueFaults({ door }: ControlOptions, { parameters, body }: LocalRequest): object {
  const duplicatePercent = body["duplicatePercent"] === undefined ? 0 : numberIn(body, "duplicatePercent");
  const faults = { duplicatePercent, reorder: body["reorder"] === true };
  door.sqs.faults.set(parameters["name"] ?? "", faults);
  return { queue: parameters["name"], ...faults };
}

function dropConnection({ sockets }: ControlOptions, { parameters }: LocalRequest): object {
  if (sockets === undefined) throw new Error("the template has no WebSocket API");
  sockets.drop(parameters["id"] ?? "");
  return { dropped: parameters["id"] };
}

function faultRoutes(options: ControlOptions): LocalRoute[] {
  return [
    { method: "POST", path: "/_local/throttle", handle: ({ body }) => throttle(options, body) },
    {
      method: "POST",
      path: "/_local/queues/{name}/faults",
      handle: (request) => queueFaults(options, request),
    },
    {
      method: "POST",
      path: "/_local/connections/{id}/drop",
      handle: (request) => dropConnection(options, request),
    },
  ];
}

function trace({ traces }: ControlOptions, { parameters, query }: LocalRequest): object | string {
  const found = traces.get(parameters["trace"] ?? "");
  return query.get("format") === "json" ? found : traceTree(found);
}

export function controlRoutes(options: ControlOptions): LocalRoute[] {
  const { clock, door, metrics } = options;
  return [
    { method: "GET", path: "/_local", handle: () => summary(options) },
    { method: "GET", path: "/_local/", handle: () => summary(options) },
    { method: "GET", path: "/_local/clock", handle: () => clockState(options) },
    {
      method: "POST",
      path: "/_local/clock",
      handle: async ({ body }) => {
        await clock.advance(numberIn(body, "advanceMs"));
        return clockState(options);
      },
    },
    ...functionRoutes(options),
    ...faultRoutes(options),
    { method: "GET", path: "/_local/traces/{trace}", handle: (request) => trace(options, request) },
    { method: "GET", path: "/_local/meter", handle: () => door.meter.totals() },
    { method: "GET", path: "/_local/coverage", handle: () => door.coverage() },
    { method: "GET", path: "/metrics", handle: () => metrics.text() },
  ];
}
