/** The REST API of the template over HTTP, with API Gateway's limits and its own error answers. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Invocation } from "../lambda/protocol.ts";
import type { Permission, QueueIntegration, RestApi, RestRoute, Throttle } from "../template/model.ts";
import { headerBytes, urlOf } from "./http-message.ts";
import { mayInvoke } from "./permission.ts";
import { putIntoQueue, type QueueCall, templateFor } from "./queue-integration.ts";
import { type HttpAnswer, httpAnswer } from "./rest-answer.ts";
import { isBinaryMediaType, restEvent } from "./rest-event.ts";
import { matchRoute, type RouteMatch } from "./rest-router.ts";
import { createTokenBucket, neverThrottles, type TokenBucket } from "./token-bucket.ts";

export type RestGatewayOptions = {
  api: RestApi;
  region: string;
  account: string;
  permissions: Permission[];
  clock: Pick<VirtualClock, "now">;
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  /** For requests that go into a queue. */
  queues?: { call: QueueCall; queueUrl(name: string): string };
  /** Once a request, for the bill. */
  onRequest?(): void;
  onTrouble?(text: string): void;
  integrationTimeoutMs?: number;
};

export type RestGateway = { handle(request: IncomingMessage, response: ServerResponse): Promise<void> };

const MAXIMUM_BODY_BYTES = 10 * 1024 * 1024;
const MAXIMUM_HEADER_BYTES = 20_480;
/** Lambda's limit for a synchronous event, which is lower than the gateway's own. */
const MAXIMUM_EVENT_BYTES = 6 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 29_000;

type GatewayError = { status: number; type: string; message: string };

const errors = {
  missingToken: {
    status: 403,
    type: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
  },
  tooManyRequests: { status: 429, type: "TooManyRequestsException", message: "Too Many Requests" },
  tooLong: { status: 413, type: "RequestTooLargeException", message: "Request Too Long" },
  headersTooLong: { status: 431, type: "BadRequestException", message: "Request Header Fields Too Large" },
  unsupportedType: {
    status: 415,
    type: "UnsupportedMediaTypeException",
    message: "Unsupported Media Type",
  },
  timedOut: { status: 504, type: "InternalServerErrorException", message: "Endpoint request timed out" },
  malformed: { status: 502, type: "InternalServerErrorException", message: "Internal server error" },
  internal: { status: 500, type: "InternalServerErrorException", message: "Internal server error" },
} satisfies Record<string, GatewayError>;

type Core = RestGatewayOptions & { bucketOf(route: RestRoute): TokenBucket };

function errorAnswer({ status, type, message }: GatewayError): HttpAnswer {
  const headers: [string, string][] = [
    ["content-type", "application/json"],
    ["x-amzn-errortype", type],
  ];
  return { status, headers, body: Buffer.from(JSON.stringify({ message })) };
}

function write(response: ServerResponse, answer: HttpAnswer, requestId: string): void {
  const headers = new Map<string, string[]>();
  for (const [name, value] of answer.headers) headers.set(name, [...(headers.get(name) ?? []), value]);
  for (const [name, values] of headers)
    response.setHeader(name, values.length === 1 ? (values[0] ?? "") : values);
  if (!response.hasHeader("content-type") && answer.body.byteLength > 0) {
    response.setHeader("content-type", "application/json");
  }
  response.setHeader("x-amzn-requestid", requestId);
  response.setHeader("content-length", answer.body.byteLength);
  response.writeHead(answer.status).end(answer.body);
}

/** `undefined` when the body is longer than the gateway takes; the rest is read and forgotten. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= MAXIMUM_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAXIMUM_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function withTimeout(invocation: Promise<Invocation>, timeoutMs: number): Promise<Invocation | "late"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("late"), timeoutMs);
    const settle = <T>(then: (value: T) => void) => {
      return (value: T) => {
        clearTimeout(timer);
        then(value);
      };
    };
    invocation.then(settle(resolve), settle(reject));
  });
}

function sourceArn(core: Core, { route }: RouteMatch, request: IncomingMessage): string {
  const path = route.path.replace(/\{[^}]+\}/g, "*");
  return `arn:aws:execute-api:${core.region}:${core.account}:${core.api.id}/${core.api.stage}/${request.method}${path}`;
}

async function callFunction(
  core: Core,
  request: IncomingMessage,
  call: { match: RouteMatch; functionArn: string; requestId: string },
): Promise<HttpAnswer> {
  const { api } = core;
  const { functionArn } = call;
  const arn = sourceArn(core, call.match, request);
  if (!mayInvoke(core.permissions, functionArn, { principal: "apigateway.amazonaws.com", sourceArn: arn })) {
    core.onTrouble?.(`no AWS::Lambda::Permission lets API Gateway invoke ${functionArn} for ${arn}`);
    return errorAnswer(errors.internal);
  }
  const body = await readBody(request);
  if (body === undefined || body.byteLength > MAXIMUM_EVENT_BYTES) return errorAnswer(errors.tooLong);
  const event = restEvent({ ...core, ...call, request, body, nowMs: core.clock.now() });
  const timeoutMs = core.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS;
  const invocation = await withTimeout(core.invoke(functionArn, event), timeoutMs);
  if (invocation === "late") return errorAnswer(errors.timedOut);
  if (!invocation.ok) {
    core.onTrouble?.(`${functionArn}: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
    return errorAnswer(invocation.trouble === "throttled" ? errors.internal : errors.malformed);
  }
  const answer = httpAnswer(
    invocation.payload,
    isBinaryMediaType(api, request.headers.accept?.split(",")[0]),
  );
  if (answer === undefined) {
    core.onTrouble?.(`${functionArn}: malformed Lambda proxy response`);
    return errorAnswer(errors.malformed);
  }
  return answer;
}

async function answerTo(core: Core, request: IncomingMessage, requestId: string): Promise<HttpAnswer> {
  if (headerBytes(request) > MAXIMUM_HEADER_BYTES) return errorAnswer(errors.headersTooLong);
  const match = matchRoute(core.api.routes, request.method ?? "GET", urlOf(request).pathname);
  if (match === undefined) return errorAnswer(errors.missingToken);
  if (!core.bucketOf(match.route).take()) return errorAnswer(errors.tooManyRequests);
  core.onRequest?.();
  const { integration } = match.route;
  if (integration.kind === "mock") {
    return {
      status: integration.statusCode,
      headers: Object.entries(integration.headers),
      body: Buffer.alloc(0),
    };
  }
  if (integration.kind === "queue") return callQueue(core, request, { match, integration, requestId });
  return callFunction(core, request, { match, functionArn: integration.functionArn, requestId });
}

async function callQueue(
  core: Core,
  request: IncomingMessage,
  call: { match: RouteMatch; integration: QueueIntegration; requestId: string },
): Promise<HttpAnswer> {
  const { queues, onTrouble } = core;
  if (queues === undefined) throw new Error("a route goes into a queue, and there are none here");
  const template = templateFor(call.integration, request.headers["content-type"]);
  const body = await readBody(request);
  if (template === undefined) return errorAnswer(errors.unsupportedType);
  if (body === undefined) return errorAnswer(errors.tooLong);
  return putIntoQueue(
    template,
    { ...call, request, body, nowMs: core.clock.now() },
    {
      call: queues.call,
      queueUrl: queues.queueUrl(call.integration.queueName),
      onTrouble: (text) => onTrouble?.(text),
    },
  );
}

function bucketFor(throttle: Throttle | undefined, clock: RestGatewayOptions["clock"]): TokenBucket {
  if (throttle === undefined) return neverThrottles;
  return createTokenBucket({
    ratePerS: throttle.rateLimit,
    burst: throttle.burstLimit,
    nowMs: () => clock.now(),
  });
}

export function createRestGateway(options: RestGatewayOptions): RestGateway {
  const bucket = bucketFor(options.api.throttle, options.clock);
  const own = new Map(
    options.api.routes
      .filter(({ throttle }) => throttle !== undefined)
      .map((route) => [route, bucketFor(route.throttle, options.clock)]),
  );
  const core: Core = { ...options, bucketOf: (route) => own.get(route) ?? bucket };
  return {
    handle: async (request, response) => {
      const requestId = randomUUID();
      let answer: HttpAnswer;
      try {
        answer = await answerTo(core, request, requestId);
      } catch (error) {
        core.onTrouble?.(`${request.method} ${request.url}: ${(error as Error).stack}`);
        answer = errorAnswer(errors.internal);
      }
      write(response, answer, requestId);
    },
  };
}
