/** The events of a WebSocket API: those of its three kinds of routes and of its authorizer. */

import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { WebSocketApi } from "../template/model.ts";
import {
  type Headers,
  headersOf,
  type Query,
  queryOf,
  requestTime,
  sourceIpOf,
  urlOf,
} from "./http-message.ts";

/** What is known of a connection from its upgrade request on. */
export type ConnectionFacts = {
  id: string;
  api: WebSocketApi;
  region: string;
  account: string;
  connectedAtMs: number;
  headers: Headers;
  query: Query;
  domainName: string;
  sourceIp: string;
  userAgent: string;
  /** The authorizer's context and principal, flat. */
  authorizer?: Record<string, string | number | boolean>;
};

export type SocketEventKind = "CONNECT" | "MESSAGE" | "DISCONNECT";

/** Eleven random bytes, as API Gateway's own ids look: `L0SM9cOFvHcCIhw=`. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

export function connectionFacts(
  request: IncomingMessage,
  given: Pick<ConnectionFacts, "api" | "region" | "account" | "connectedAtMs">,
): ConnectionFacts {
  return {
    ...given,
    id: newConnectionId(),
    headers: headersOf(request),
    query: queryOf(urlOf(request)),
    domainName: request.headers.host ?? "localhost",
    sourceIp: sourceIpOf(request),
    userAgent: request.headers["user-agent"] ?? "",
  };
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<route>` */
export function routeArn({ api, region, account }: ConnectionFacts, routeKey: string): string {
  return `arn:aws:execute-api:${region}:${account}:${api.id}/${api.stage}/${routeKey}`;
}

export function requestContext(
  facts: ConnectionFacts,
  route: { key: string; kind: SocketEventKind; nowMs: number },
): Record<string, unknown> {
  return {
    routeKey: route.key,
    eventType: route.kind,
    messageDirection: "IN",
    ...(route.kind === "MESSAGE" && { messageId: newConnectionId() }),
    extendedRequestId: randomUUID(),
    requestId: randomUUID(),
    requestTime: requestTime(route.nowMs),
    requestTimeEpoch: route.nowMs,
    stage: facts.api.stage,
    connectedAt: facts.connectedAtMs,
    connectionId: facts.id,
    apiId: facts.api.id,
    domainName: facts.domainName,
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent },
    ...(facts.authorizer && { authorizer: facts.authorizer }),
  };
}

function upgradeParts(facts: ConnectionFacts): object {
  return {
    headers: facts.headers.single,
    multiValueHeaders: facts.headers.multi,
    ...(facts.query.single && { queryStringParameters: facts.query.single }),
    ...(facts.query.multi && { multiValueQueryStringParameters: facts.query.multi }),
  };
}

export function authorizerEvent(facts: ConnectionFacts, nowMs: number): object {
  return {
    type: "REQUEST",
    methodArn: routeArn(facts, "$connect"),
    ...upgradeParts(facts),
    stageVariables: {},
    requestContext: requestContext(facts, { key: "$connect", kind: "CONNECT", nowMs }),
  };
}

export function connectEvent(facts: ConnectionFacts, nowMs: number): object {
  const context = requestContext(facts, { key: "$connect", kind: "CONNECT", nowMs });
  return { ...upgradeParts(facts), requestContext: context, isBase64Encoded: false };
}

export function messageEvent(context: Record<string, unknown>, body: string): object {
  return { requestContext: context, body, isBase64Encoded: false };
}

export function disconnectEvent(
  facts: ConnectionFacts,
  closed: { nowMs: number; code: number; reason: string },
): object {
  const context = requestContext(facts, { key: "$disconnect", kind: "DISCONNECT", nowMs: closed.nowMs });
  return {
    headers: { Host: facts.domainName, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
    multiValueHeaders: {
      Host: [facts.domainName],
      "x-api-key": [""],
      "X-Forwarded-For": [""],
      "x-restapi": [""],
    },
    requestContext: { ...context, disconnectStatusCode: closed.code, disconnectReason: closed.reason },
    isBase64Encoded: false,
  };
}
