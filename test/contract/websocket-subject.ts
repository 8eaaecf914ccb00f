import { once } from "node:events";
import type { WebSocket } from "ws";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import { ENV, queueEnv, tableEnv } from "../../functions/names.ts";
import { inAppProvider } from "../../functions/platform/in-app.ts";
import { type Connection, connectionStore } from "../../functions/storage/connections.ts";
import { recipientStore } from "../../functions/storage/recipients.ts";
import { createClock } from "../../local/clock/virtual-clock.ts";
import type { ConnectionsBackend } from "../../local/door/connections.ts";
import { startDoor } from "../../local/door/door.ts";
import type { Received } from "../../local/fakes/received.ts";
import { deployment as doorDeployment, role, statement } from "../unit/local/door/deployment.ts";
import { closeAll, deployment, opened, serve } from "../unit/local/gateway/websocket-world.ts";
import { startCaughtQueue } from "./caught-queue.ts";
import type { Bench, ContractSubject, Row, Sender } from "./contract-subject.ts";
import { startTables } from "./dynamodb-tables.ts";
import { message, soon, target } from "./provider-world.ts";

const sockets = role("Sockets", [
  statement("Post#0", ["execute-api:ManageConnections"], ["arn:aws:execute-api:us-east-1:000000000000:*"]),
]);
/** Broadcasts of later are for them. */
const BORN_MS = 1_000;
/** More than all points of the contract use. */
const PEOPLE = 120;
/** More than the two ends of a connection and the gateway hold back between them. */
const FLOOD = { posts: 120, bytes: 128 * 1024 };

const ROWS: Row[] = [
  [{ reason: "GoneException" }, { kind: "accepted", providerId: "inbox 1, sockets 0" }],
  [{ reason: "LimitExceededException" }, { kind: "accepted", providerId: "inbox 1, sockets 0" }],
  [{}, { kind: "accepted", providerId: "inbox 1, sockets 1" }],
];

/** A person with an open socket: what arrives on it is kept. */
export type Person = { app: string; to: Target; connection: string; socket: WebSocket; received: Received[] };
export type WebSocketWorld = Awaited<ReturnType<typeof startWebSocketWorld>>;

/** The local runtime's API Gateway and front door, the tables, and people who are online. */
export async function startWebSocketWorld() {
  const [tables, queue] = await Promise.all([startTables(), startCaughtQueue()]);
  const fixture = await serve();
  const { id: apiId, stage } = deployment.webSocketApis[0]!;
  const backend: ConnectionsBackend = { ...fixture.gateway.backend };
  const clock = createClock();
  const door = await startDoor({
    deployment: doorDeployment({ roles: [sockets] }),
    clock,
    stateFolder: ":memory:",
    connections: {
      post: (...call) => backend.post(...call),
      get: (...call) => backend.get(...call),
      remove: (...call) => backend.remove(...call),
    },
    dynamodbUrl: tables.url,
  });
  bind({
    doorUrl: `${door.url}/${apiId}/${stage}`,
    tablesUrl: tables.url,
    queueUrl: queue.url,
    ...door.credentialsFor(sockets.arn),
  });
  const connections = connectionStore(tables.tables.connections, Date.now);
  const recipients = recipientStore(tables.tables.directory);
  return {
    /** What `@connections` does; a test may put something else in a method's place. */
    backend,
    gateway: fixture.gateway,
    apiId,
    tables: tables.tables,
    connections,
    recipients,
    /** What the dispatcher sends itself. */
    caught: queue.caught,
    async person(app: string, user: string, over: Partial<Connection> = {}): Promise<Person> {
      await recipients.save({ app, user, createdAtMs: BORN_MS, devices: [] }, 0);
      const socket = await opened(fixture.url);
      const connection = fixture.events.at(-1)!.requestContext.connectionId;
      const at = Date.now();
      await connections.add({
        app,
        user,
        id: connection,
        connectedAtMs: at,
        lastSeenAtMs: at,
        protocol: "1",
        ...over,
      });
      const to = target({ kind: "socket", user, device: "", token: connection });
      const received: Received[] = [];
      socket.on("message", (data: Buffer) => {
        const payload: unknown = JSON.parse(data.toString());
        received.push({ atMs: Date.now(), token: connection, headers: {}, payload, status: 200, by: app });
      });
      return { app, to, connection, socket, received };
    },
    async close() {
      await door.close();
      clock.close();
      await closeAll();
      await Promise.all([tables.close(), queue.close()]);
    },
  };
}

type Bindings = {
  doorUrl: string;
  tablesUrl: string;
  queueUrl: string;
  accessKeyId: string;
  secretAccessKey: string;
};

/** What the deployment gives the dispatching function. */
function bind({ doorUrl, tablesUrl, queueUrl, accessKeyId, secretAccessKey }: Bindings): void {
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: tablesUrl,
    AWS_ENDPOINT_URL_SQS: queueUrl,
    [queueEnv("dispatch-inApp-high")]: `${queueUrl}/1/dispatch-inApp-high`,
    [ENV.connectionsEndpoint]: doorUrl,
    [ENV.settings]: JSON.stringify({ socketPostsPerEnvironmentS: 10_000, providerDeadlineMs: 1_000 }),
    ...Object.fromEntries(
      (["inbox", "connections", "directory"] as const).map((key) => [tableEnv(key), key]),
    ),
  });
}

/** Everything that was on its way to an open socket has arrived: a pong comes behind it. */
export async function settled({ socket }: Pick<Person, "socket">): Promise<void> {
  if (socket.readyState !== socket.OPEN || socket.isPaused) return;
  const pong = once(socket, "pong");
  socket.ping();
  await pong;
}

/** The connection is over, and nobody has been told. */
export const goAway = ({ socket }: Person): Promise<unknown> => {
  const closed = once(socket, "close");
  socket.terminate();
  return closed;
};

/** The client reads no more, and the gateway's buffer for it is full. */
export async function fillUp(
  { gateway, apiId }: WebSocketWorld,
  { socket, connection }: Person,
): Promise<void> {
  socket.pause();
  const frame = Buffer.alloc(FLOOD.bytes, "x");
  const posts = Array.from({ length: FLOOD.posts }, () => gateway.backend.post(apiId, connection, frame));
  // The last of them are refused: that is what it is for.
  await Promise.allSettled(posts);
}

function benchOf(world: WebSocketWorld, people: Map<string, Person[]>): Bench {
  const online = new Map([...people.values()].flat().map((person) => [person.to.token, person]));
  let handed: Person[] = [];
  let begun: Promise<unknown>[] = [];
  const make = (app: string): Sender => ({
    async prepare(over) {
      const send = await inAppProvider().prepare(message({ app, ...over }));
      return async (targets, ms) => {
        await Promise.all(begun);
        const outcomes = await Promise.all(targets.map((to) => send(to, soon(ms))));
        await Promise.all(targets.map((to) => settled(online.get(to.token)!)));
        return outcomes;
      };
    },
  });
  const misbehave = (person: Person, reason: string | undefined) => {
    if (reason === "GoneException") begun.push(goAway(person));
    if (reason === "LimitExceededException") begun.push(fillUp(world, person));
  };
  return {
    make,
    targets(count, { app = "one" } = {}) {
      const some = people.get(app)!.splice(0, count);
      if (some.length < count) throw new Error(`too few people of the app ${app} are online`);
      handed.push(...some);
      return some.map(({ to }) => to);
    },
    fault({ reason }, to) {
      for (const person of to ? [online.get(to.token)!] : handed) misbehave(person, reason);
    },
    refuse: () => {
      throw new Error("its other end cannot be shut");
    },
    calm() {
      handed = [];
      begun = [];
    },
    latency: () => undefined,
    received: ({ token }) => online.get(token)!.received,
    credential: ({ by }) => by,
    onRequest: () => () => undefined,
    close: () => world.close(),
  };
}

let world: WebSocketWorld;
const kept = "the inbox has taken the message: what a socket does not get now, the next connect gets";
const bySdk =
  "what fails between the function and AWS leaves a target in doubt, and a repetition has its place in the inbox already";

export const subject: ContractSubject & { world(): WebSocketWorld } = {
  name: "websocket",
  world: () => world,
  most: 1,
  points: {
    accepted: true,
    outcomes: ROWS,
    partialBatch: ROWS,
    authExpiry: { notApplying: `the function's own role signs, and the SDK renews it; ${bySdk}` },
    throttling: { notApplying: `nobody is told to wait, for ${kept}` },
    timeouts: { notApplying: `a slow socket is not in doubt, for ${kept}` },
    noConnection: { notApplying: `there is no other host than AWS's; ${bySdk}` },
    lostAnswer: {
      notApplying: "a frame that is posted twice carries the same sequence, and clients show it once",
    },
    badAnswers: { notApplying: `API Gateway's answers are read by the SDK, within its times; ${bySdk}` },
    payloadLimit: { notApplying: "a frame that is too long for a socket stays in the inbox" },
    apart: true,
  },
  async open() {
    world = await startWebSocketWorld();
    const people = new Map<string, Person[]>([
      ["one", []],
      ["two", []],
    ]);
    for (let n = 0; n < PEOPLE; n++) people.get("one")!.push(await world.person("one", `user-${n}`));
    // The same names, of another app.
    for (let n = PEOPLE - 5; n < PEOPLE; n++) people.get("two")!.push(await world.person("two", `user-${n}`));
    return benchOf(world, people);
  },
};
