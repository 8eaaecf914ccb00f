import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import { createClock, type VirtualClock } from "../../../../local/clock/virtual-clock.ts";
import { type GatewayServer, startGatewayServer } from "../../../../local/gateway/server.ts";
import {
  createSocketGateway,
  type SocketGateway,
  type SocketGatewayOptions,
} from "../../../../local/gateway/websocket.ts";
import type { Invocation } from "../../../../local/lambda/protocol.ts";
import type { WebSocketApi } from "../../../../local/template/model.ts";
import { fixtureDeployment, fixtureFunction } from "../template/fixture.ts";

export const deployment = await fixtureDeployment();
const closers: (() => Promise<void> | void)[] = [];

/** Ends everything that a test began; the last first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

type Context = Record<string, unknown> & { routeKey: string; connectionId: string };
type Event = Record<string, unknown> & { headers?: Record<string, string>; requestContext: Context };
type Answer = (event: Event) => unknown;

type Fixture = {
  url: string;
  port: number;
  clock: VirtualClock;
  gateway: SocketGateway;
  server: GatewayServer;
  events: Event[];
  authorizations: Event[];
  troubles: string[];
};

const allow = (event: Event) => ({
  principalId: "ada",
  policyDocument: {
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event["methodArn"] }],
  },
  context: { app: "demo", tries: 3 },
});

export async function serve(
  answers: { route?: Answer; authorize?: Answer } = {},
  options: Partial<SocketGatewayOptions> = {},
  overrides: Partial<WebSocketApi> = {},
): Promise<Fixture> {
  const clock = createClock();
  const server = await startGatewayServer(0);
  const events: Event[] = [];
  const authorizations: Event[] = [];
  const troubles: string[] = [];
  const authorizerArn = fixtureFunction(deployment, "authorizer").arn;
  const gateway = createSocketGateway({
    api: { ...(deployment.webSocketApis[0] as WebSocketApi), ...overrides },
    region: "us-east-1",
    account: "000000000000",
    permissions: deployment.permissions,
    clock,
    invoke: async (functionArn, given): Promise<Invocation> => {
      const event = given as Event;
      const isAuthorizer = functionArn === authorizerArn;
      (isAuthorizer ? authorizations : events).push(event);
      const answer = isAuthorizer
        ? (answers.authorize ?? allow)
        : (answers.route ?? (() => ({ statusCode: 200 })));
      return { ok: true, requestId: "r", payload: await answer(event) };
    },
    onTrouble: (text) => troubles.push(text),
    ...options,
  });
  server.serve({ rest: async () => undefined, upgrade: gateway.upgrade, local: () => false });
  closers.push(
    () => clock.close(),
    () => server.close(),
    () => gateway.close(),
  );
  const { port } = server;
  return { url: `ws://127.0.0.1:${port}/ws`, port, clock, gateway, server, events, authorizations, troubles };
}

type ClientOptions = { protocols?: string[]; headers?: Record<string, string>; query?: string };

function client(
  url: string,
  { protocols = [], headers = {}, query = "?v=1" }: ClientOptions = {},
): WebSocket {
  const socket = new WebSocket(url + query, protocols, { headers });
  closers.push(() => socket.terminate());
  return socket;
}

export async function opened(url: string, options?: ClientOptions): Promise<WebSocket> {
  const socket = client(url, options);
  await once(socket, "open");
  return socket;
}

export async function refused(url: string, options?: ClientOptions): Promise<number | undefined> {
  const socket = client(url, options);
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

export async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, "close")) as [number];
  return code;
}

export async function nextText(socket: WebSocket): Promise<string> {
  const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  assert.equal(isBinary, false);
  return data.toString("utf8");
}

export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, "did not happen within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
