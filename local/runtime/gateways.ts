/** The gateways of a deployment: at most one API of each kind is served, at the root and at /ws. */

import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Door } from "../door/door.ts";
import { createRestGateway, type RestGateway, type RestGatewayOptions } from "../gateway/rest.ts";
import { createSocketGateway, type SocketGateway } from "../gateway/websocket.ts";
import type { Invocation } from "../lambda/protocol.ts";
import type { Deployment } from "../template/model.ts";

export type GatewayParts = {
  deployment: Deployment;
  clock: VirtualClock;
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  /** Known when the first request comes. */
  door(): Pick<Door, "meter" | "call" | "sqs">;
  onTrouble(text: string): void;
};

const BILLED_MESSAGE_BYTES = 32 * 1024;
const BY_GATEWAY = { principal: "apigateway.amazonaws.com" };

function only<T extends { logicalId: string }>(apis: T[], kind: string): T | undefined {
  if (apis.length <= 1) return apis[0];
  const ids = apis.map(({ logicalId }) => logicalId).join(", ");
  throw new Error(`the template has several ${kind} APIs (${ids}); the local gateway serves one`);
}

export function makeRestGateway({
  deployment,
  clock,
  invoke,
  door,
  onTrouble,
}: GatewayParts): RestGateway | undefined {
  const api = only(deployment.restApis, "REST");
  if (api === undefined) return undefined;
  const { region, account, permissions } = deployment;
  const onRequest = () => door().meter.add("rest.request", 1, BY_GATEWAY);
  const queues: RestGatewayOptions["queues"] = {
    call: (principal, operation, input) => door().call(principal, "sqs", operation, input),
    queueUrl: (name) => door().sqs.queueUrl(name),
  };
  return createRestGateway({
    api,
    region,
    account,
    permissions,
    clock,
    invoke,
    queues,
    onRequest,
    onTrouble,
  });
}

export function makeSocketGateway(parts: GatewayParts): SocketGateway | undefined {
  const { deployment, clock, invoke, door, onTrouble } = parts;
  const api = only(deployment.webSocketApis, "WebSocket");
  if (api === undefined) return undefined;
  const { region, account, permissions } = deployment;
  return createSocketGateway({
    api,
    region,
    account,
    permissions,
    clock,
    invoke,
    onTrouble,
    onMessage: (bytes) =>
      door().meter.add("websocket.message", Math.max(1, Math.ceil(bytes / BILLED_MESSAGE_BYTES)), BY_GATEWAY),
    onConnectionMinutes: (minutes) => door().meter.add("websocket.connectionMinute", minutes, BY_GATEWAY),
  });
}
