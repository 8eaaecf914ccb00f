import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Provider, Target } from "../../functions/core/dispatch/provider.ts";
import { createClock } from "../../local/clock/virtual-clock.ts";
import { type Door, startDoor } from "../../local/door/door.ts";
import type { SendingServiceName } from "../../local/fakes/faults.ts";
import type { Received } from "../../local/fakes/received.ts";
import type { Role } from "../../local/template/model.ts";
import { deployment } from "../unit/local/door/deployment.ts";
import { fakeConnections } from "../unit/local/door/fixture.ts";
import { type Bench, type PointData, type Row, senderOf } from "./contract-subject.ts";
import { watched } from "./fakes-bench.ts";

/** What is the same of all services that are asked through the SDK. */
export const THROUGH_SDK = {
  accepted: true,
  authExpiry: { left: { kind: "retry", reason: "ExpiredToken" } },
  timeouts: true,
  noConnection: true,
  lostAnswer: true,
  // The SDK does not tell the status of an answer that it could not read to its end.
  badAnswers: [{ no: "retry", yes: "unknown", endless: { no: "unknown", yes: "unknown" } }],
  apart: true,
} as const satisfies Partial<PointData>;

/** A row for each word of a service's table, said with the status that it says most things with. */
export const saidWith400 = (verdicts: Readonly<Record<string, Row[1]>>): Row[] =>
  Object.entries(verdicts).map(([reason, verdict]) => [
    { status: 400, reason },
    { status: 400, ...verdict },
  ]);

/** Requests whose access has expired while they were under way. */
const EXPIRED = 5;

type Access = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };

/** How a client of the SDK finds the service: one try, as everywhere where the ledger owns the retries. */
export type ClientConfig = {
  endpoint: string;
  region: string;
  maxAttempts: number;
  credentials: () => Promise<Access>;
};

type AwsOptions = {
  name: SendingServiceName;
  /** Whom the service lets send. */
  role: Role;
  /** Made with a client of the SDK's, which is told to `closeLater`. */
  make(app: string, config: ClientConfig, closeLater: (close: () => void) => void): Provider;
  target(): Target;
  credential(received: Received): unknown;
};

/** A provider whose other end is a service of AWS: the SDK's own client, the front door, and a socket between them. */
export async function awsBench({ name, role, make, target, credential }: AwsOptions): Promise<Bench> {
  const clock = createClock();
  const door = await startDoor({
    deployment: deployment({ roles: [role] }),
    clock,
    stateFolder: ":memory:",
    connections: fakeConnections(new Map()),
    dynamodbUrl: "http://127.0.0.1:1",
  });
  const gate = await startGate(Number(new URL(door.url).port));
  const { providers: faults } = door.faults;
  const service = name === "ses" ? door.ses : door.sns;
  const log = name === "ses" ? door.ses.mails : door.sns.messages;
  const access = accessOf(door, role);
  const closers: (() => void)[] = [];
  const config: ClientConfig = {
    endpoint: `http://127.0.0.1:${gate.port}`,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: access.get,
  };
  const senderFor = (app: string) => senderOf(make(app, config, (close) => closers.push(close)));
  const targets = (count: number) => Array.from({ length: count }, target);
  return {
    make: senderFor,
    targets,
    credential,
    fault: (fault, to) => faults.set({ provider: name, ...fault, ...(to && { token: to.token }) }),
    refuse: gate.shut,
    async calm() {
      faults.clear();
      service.latencyMs = 0;
      await gate.open();
    },
    latency(ms) {
      service.latencyMs = ms;
    },
    received: ({ token }) => log.filter((entry) => entry.token === token),
    onRequest: (told) => watched(faults, name, told),
    async expiring() {
      const sender = senderFor("one");
      await (await sender.prepare())(targets(1));
      const expire = () => {
        access.expire();
        faults.set({ provider: name, status: 403, reason: "ExpiredToken", times: EXPIRED });
      };
      return { sender, targets, expire, asked: access.asked };
    },
    async close() {
      for (const close of closers) close();
      gate.shut();
      await door.close();
      clock.close();
    },
  };
}

/** A role's session that the SDK asks for, and keeps until it expires. */
function accessOf(door: Door, { arn }: Role) {
  let held: Access | undefined;
  let asked = 0;
  return {
    get: async (): Promise<Access> => {
      asked++;
      held = { ...door.credentialsFor(arn), expiration: new Date(Date.now() + 3_600_000) };
      return held;
    },
    expire() {
      if (held) held.expiration = new Date(0);
    },
    asked: () => asked,
  };
}

/** A way to the door that can be shut: its own socket is everybody's. */
async function startGate(doorPort: number) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(doorPort, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()); // either side may go as it likes
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    shut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    open: async () => {
      if (!server.listening) await listen(port);
    },
  };
}
