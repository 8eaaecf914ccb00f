/** Everything that API Gateway decides before the upgrade: limits, authorizer, `$connect`, subprotocol. */

import type { IncomingMessage } from "node:http";
import { authorize } from "./websocket-authorizer.ts";
import type { SocketCore } from "./websocket-core.ts";
import { type ConnectionFacts, connectEvent, connectionFacts, routeArn } from "./websocket-event.ts";

export type ConnectVerdict =
  | { accepted: true; facts: ConnectionFacts; protocol: string | undefined }
  | { accepted: false; status: number; message: string };

const MAXIMUM_URL_BYTES = 4_096;

function refuse(status: number, message: string): ConnectVerdict {
  return { accepted: false, status, message };
}

function headerNamed(headers: unknown, name: string): string | undefined {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  const found = entries.find(([key]) => key.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
}

/** A client that offers subprotocols must get one of them back, or it refuses the connection itself. */
function chosenProtocol(request: IncomingMessage, answerHeaders: unknown): string | undefined | "refused" {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
  const chosen = headerNamed(answerHeaders, "sec-websocket-protocol");
  if (offered[0] === "") return undefined;
  return chosen !== undefined && offered.includes(chosen) ? chosen : "refused";
}

async function callConnectRoute(
  core: SocketCore,
  request: IncomingMessage,
  facts: ConnectionFacts,
): Promise<ConnectVerdict> {
  const route = core.api.routes.find(({ key }) => key === "$connect");
  if (route === undefined || route.integration.kind === "mock") {
    return { accepted: true, facts, protocol: undefined };
  }
  const { functionArn } = route.integration;
  if (!core.mayInvoke(functionArn, routeArn(facts, "$connect"))) return refuse(500, "Internal server error");
  const invocation = await core.invoke(functionArn, connectEvent(facts, core.clock.now()));
  if (!invocation.ok) {
    core.onTrouble(`$connect: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
    return refuse(502, "Internal server error");
  }
  const answer = (invocation.payload ?? {}) as { statusCode?: unknown; headers?: unknown };
  const status = Number(answer.statusCode);
  if (!Number.isInteger(status)) return refuse(502, "Internal server error");
  if (status < 200 || status > 299) return refuse(status, "Forbidden");
  const protocol = chosenProtocol(request, answer.headers);
  return protocol === "refused" ? refuse(400, "Bad Request") : { accepted: true, facts, protocol };
}

export async function decideConnect(core: SocketCore, request: IncomingMessage): Promise<ConnectVerdict> {
  if (Buffer.byteLength(request.url ?? "") > MAXIMUM_URL_BYTES) return refuse(414, "URI Too Long");
  if (!core.connectRate.take() || !core.stageRate.take()) return refuse(429, "Too Many Requests");
  const { api, region, account, clock } = core;
  const facts = connectionFacts(request, { api, region, account, connectedAtMs: clock.now() });
  const authorizer = api.routes.find(({ key }) => key === "$connect")?.authorizer;
  if (authorizer !== undefined) {
    const { invoke, onTrouble } = core;
    const verdict = await authorize({ authorizer, facts, nowMs: clock.now(), invoke, onTrouble });
    if (!verdict.allowed) return refuse(verdict.status, verdict.message);
    facts.authorizer = verdict.context;
  }
  return callConnectRoute(core, request, facts);
}
