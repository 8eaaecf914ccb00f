/** The whole platform on one machine: what the synthesised template says, and nothing else. */

import { watch } from "node:fs";
import { join } from "node:path";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { controlRoutes } from "../control/control.ts";
import { createMetrics } from "../control/metrics.ts";
import { createLocalPages, type LocalRoute } from "../control/routes.ts";
import { createTraces } from "../control/traces.ts";
import type { ConnectionsBackend } from "../door/connections.ts";
import { type Door, startDoor } from "../door/door.ts";
import { startDynamodb } from "../dynamodb/dynamodb.ts";
import type { Faults } from "../fakes/faults.ts";
import { type GatewayHandlers, type GatewayServer, startGatewayServer } from "../gateway/server.ts";
import type { SocketGateway } from "../gateway/websocket.ts";
import type { Pool } from "../lambda/pool.ts";
import type { LogLine } from "../lambda/start-slot.ts";
import { mailRoutes } from "../ses/events.ts";
import { startDeliveries } from "../sns/deliveries.ts";
import { loadDeployment } from "../template/load.ts";
import type { Deployment, LocalFunction } from "../template/model.ts";
import { type SynthesiseOptions, synthesise } from "../template/synthesise.ts";
import { type Closers, createClosers } from "./closers.ts";
import { type GatewayParts, makeRestGateway, makeSocketGateway } from "./gateways.ts";
import { type Late, late } from "./late.ts";
import { openClock, statePlaces } from "./state.ts";
import { makePool, startAllRules, startSources, type WorkerParts } from "./workers.ts";

export type RuntimeOptions = {
  /** 0 takes any free one. */
  port?: number;
  stateFolder?: string;
  /** Forgets tables, queues, schedules, secrets and the clock of earlier runs. */
  fresh?: boolean;
  /** Keeps nothing on disk but the synthesised assemblies. */
  memory?: boolean;
  /** Runs the sources instead of the bundles, and again when they change. */
  watch?: boolean;
  root?: string;
  synthesis?: Partial<SynthesiseOptions>;
  extraEnvironment?: Record<string, string>;
  onLog?(line: LogLine): void;
  /** Failed invocations, denied calls, batches that go back: what an operator would find in CloudWatch. */
  onTrouble?(text: string): void;
  /** What the runtime cannot go on after: its tables are gone, or its disk is full. Told as trouble if absent. */
  onFatal?(text: string): void;
  freeze?: boolean;
  accountConcurrency?: number;
  roundTripMs?: WorkerParts["roundTripMs"];
  /** How SES and SNS misbehave, beside the fake providers. */
  providerFaults?: Faults;
  /** More pages under /_local/. */
  routes?: LocalRoute[];
};

export type Runtime = {
  apiUrl: string;
  webSocketUrl: string;
  deployment: Deployment;
  clock: VirtualClock;
  door: Door;
  functions: Pool;
  gateway: SocketGateway | undefined;
  meter: Door["meter"];
  coverage: Door["coverage"];
  addRoute(route: LocalRoute): void;
  close(): Promise<void>;
};

const DEFAULT_PORT = 4010;
const REGION = "us-east-1";
const ACCOUNT = "000000000000";

const noConnections: ConnectionsBackend = {
  post: () => Promise.reject(new Error("the template has no WebSocket API")),
  get: () => Promise.reject(new Error("the template has no WebSocket API")),
  remove: () => Promise.reject(new Error("the template has no WebSocket API")),
};

function watchSources(root: string, pool: Pool): () => void {
  const watcher = watch(join(root, "functions"), { recursive: true }, () => pool.recycle());
  return () => watcher.close();
}

type Trouble = (text: string) => void;
type Told = { onTrouble: Trouble; onFatal: Trouble };

type Foundation = {
  clock: VirtualClock;
  door: Door;
  sockets: SocketGateway | undefined;
  pool: Late<Pool>;
  gatewayParts: GatewayParts;
};

async function openDynamodb(
  named: Deployment,
  clock: VirtualClock,
  state: string | undefined,
  onFatal: Trouble,
) {
  return startDynamodb({
    tables: named.tables,
    clock,
    ...(state !== undefined && { stateFolder: state }),
    onExit: onFatal,
  });
}

/** Clock, tables, WebSocket gateway and front door: all that functions call. */
async function openFoundation(
  named: Deployment,
  state: string | undefined,
  { onTrouble, onFatal, providerFaults }: Told & Pick<RuntimeOptions, "providerFaults">,
  closers: Closers,
): Promise<Foundation> {
  const clock = openClock(state);
  closers.add(() => clock.close());
  const dynamodb = await openDynamodb(named, clock, state, onFatal);
  closers.add(() => dynamodb.close());
  const door = late<Door>("door");
  const pool = late<Pool>("functions");
  const invoke = (functionArn: string, event: unknown) => pool.get().invoke(functionArn, event);
  const gatewayParts = { deployment: named, clock, invoke, door: () => door.get(), onTrouble };
  const sockets = makeSocketGateway(gatewayParts);
  const opened = await startDoor({
    deployment: named,
    clock,
    stateFolder: state ?? ":memory:",
    connections: sockets?.backend ?? noConnections,
    dynamodbUrl: dynamodb.url,
    onDenied: ({ principal, action, resource }) =>
      onTrouble(`${principal} was denied ${action} on ${resource}`),
    onDiskTrouble: onFatal,
    ...(providerFaults && { providerFaults }),
  });
  door.set(opened);
  closers.add(() => opened.close());
  return { clock, door: opened, sockets, pool, gatewayParts };
}

/** Lines are written in the name of the function's role: without the right there is trouble, and no log. */
function logRights(door: Door, onTrouble: Trouble): (fn: LocalFunction) => void {
  const seen = new Set<string>();
  return ({ name, roleArn, logGroupName }) => {
    if (seen.has(name)) return;
    seen.add(name);
    const input = { logGroupName, logStreamName: name };
    for (const operation of ["CreateLogStream", "PutLogEvents"]) {
      door
        .call({ kind: "role", roleArn }, "logs", operation, input)
        .catch((error: Error) => onTrouble(`${name}: ${error.message}`));
    }
  };
}

function startWorkers(
  options: RuntimeOptions,
  parts: WorkerParts,
  sockets: SocketGateway | undefined,
  closers: Closers,
): Pool {
  const root = options.root ?? process.cwd();
  const pool = makePool(parts, { ...options, ...(options.watch && { sources: { root } }) });
  const sources = startSources(parts, pool);
  const rules = startAllRules(parts, pool);
  closers.add(async () => {
    rules.close();
    await Promise.all([sockets?.close(), pool.close(), ...sources.map((source) => source.close())]);
  });
  if (options.watch) closers.add(watchSources(root, pool));
  return pool;
}

function handlers(
  parts: GatewayParts,
  sockets: SocketGateway | undefined,
  routes: readonly LocalRoute[],
): GatewayHandlers {
  const rest = makeRestGateway(parts);
  return {
    rest: async (request, response) => {
      if (rest === undefined) response.writeHead(404).end("the template has no REST API\n");
      else await rest.handle(request, response);
    },
    upgrade: async (request, socket, head) => {
      if (sockets === undefined) socket.destroy();
      else await sockets.upgrade(request, socket, head);
    },
    local: createLocalPages(routes),
  };
}

async function start(options: RuntimeOptions, server: GatewayServer, closers: Closers): Promise<Runtime> {
  const root = options.root ?? process.cwd();
  const places = statePlaces(options, closers);
  const onTrouble = options.onTrouble ?? ((text: string) => console.error(`clarion: ${text}`));
  const told = { onTrouble, onFatal: options.onFatal ?? onTrouble };
  const apiUrl = `http://localhost:${server.port}`;
  const webSocketUrl = `ws://localhost:${server.port}/ws`;
  const assemblyFolder = await synthesise({ root, outFolder: places.assemblies, ...options.synthesis });
  // The door's address is known only once it runs, and it needs the deployment to run: names first, then addresses.
  const load = (doorUrl: string) => {
    const endpoints = { doorUrl, restUrl: apiUrl, webSocketUrl };
    return loadDeployment({ assemblyFolder, region: REGION, account: ACCOUNT, endpoints });
  };
  const foundation = await openFoundation(
    load("http://127.0.0.1"),
    places.state,
    { ...options, ...told },
    closers,
  );
  const { clock, door, sockets, gatewayParts } = foundation;
  const deployment = load(door.url);
  const [metrics, traces] = [createMetrics(), createTraces()];
  const onLog = (line: LogLine) => {
    metrics.addLine(line.line);
    traces.addLine(line.line);
    options.onLog?.(line);
  };
  const { roundTripMs } = options;
  const onUsed = logRights(door, onTrouble);
  const parts: WorkerParts = {
    deployment,
    clock,
    door,
    onTrouble,
    onUsed,
    ...(roundTripMs && { roundTripMs }),
  };
  const functions = startWorkers({ ...options, onLog }, parts, sockets, closers);
  foundation.pool.set(functions);
  const control = { deployment, clock, door, pool: functions, sockets, metrics, traces };
  const routes = [
    ...controlRoutes(control),
    ...mailRoutes(control),
    ...startDeliveries({ ...control, onTrouble }),
    ...(options.routes ?? []),
  ];
  server.serve(handlers({ ...gatewayParts, deployment }, sockets, routes));
  return {
    apiUrl,
    webSocketUrl,
    deployment,
    clock,
    door,
    functions,
    gateway: sockets,
    meter: door.meter,
    coverage: door.coverage,
    addRoute: (route) => routes.push(route),
    close: closers.close,
  };
}

export async function startRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const closers = createClosers();
  const server = await startGatewayServer(options.port ?? DEFAULT_PORT);
  closers.add(() => server.close());
  try {
    return await start(options, server, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}
