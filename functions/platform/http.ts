import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from "aws-lambda";
import type * as z from "zod/mini";
import type { Operation } from "../core/api/operation.ts";
import { AppError } from "../core/errors/app-error.ts";
import { jsonPointer, parse, parseJson } from "../core/errors/parse.ts";
import { Id, LIMITS } from "../core/notification/request.ts";
import { traceOf } from "../core/trace/traceparent.ts";
import { settings } from "./env.ts";
import { watchingMemory } from "./memory.ts";
import { metrics } from "./metrics.ts";
import { problemOf } from "./problem.ts";

export type HttpRequest = {
  operation: Operation;
  /** Path parameters, each a valid id. */
  params: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** The body as it came: signatures are made over these bytes. */
  rawBody: string;
  path: string;
  sourceIp: string;
  requestId: string;
  /** The caller's own, or of a new trace. */
  traceparent: string;
};

export type HttpAnswer = { status?: number; body?: unknown; headers?: Record<string, string> };
export type Handle<C> = (request: HttpRequest, caller: C) => Promise<HttpAnswer>;

export type CorsQuestion = { path: string; method: string; query: Record<string, string> };

export type HttpApp<C> = {
  operations: readonly Operation[];
  handles: Record<string, Handle<C>>;
  authorise(request: HttpRequest): Promise<{ caller: C; headers: Record<string, string> }>;
  /** CORS headers for an origin, where the routes are for browsers. */
  cors?: (origin: string, request: CorsQuestion) => Promise<Record<string, string>>;
};

/** Headers that an answer to a request has whatever comes of it: its trace, and the rate once it is counted. */
type Known = WeakMap<APIGatewayProxyEvent, Record<string, string>>;

/** A function behind the REST API: routing, limits, authorisation, problem documents; handles hold the rest. */
export function httpHandler<C>(app: HttpApp<C>) {
  checkHandles(app);
  const known: Known = new WeakMap();
  // On an error middy runs these from the last to the first: the problem is written, then it gets its CORS headers.
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult, Error, Context>()
    .use({
      after: async (request) => addCors(app, request.event, request.response),
      onError: async (request) => addCors(app, request.event, request.response),
    })
    .use({
      onError: (request) => {
        const { problem, headers } = problemOf(request.error, request.event.requestContext.requestId);
        metrics(
          [
            { name: "errors", value: 1, by: [[], ["code"]] },
            ...(problem.status === 503 ? [{ name: "unavailable", value: 1 } as const] : []),
          ],
          { code: problem.code },
        );
        request.response = json(problem.status, problem, {
          ...known.get(request.event),
          ...headers,
          "Content-Type": "application/problem+json",
        });
      },
    })
    .handler(watchingMemory((event: APIGatewayProxyEvent) => serve(app, event, known)));
}

/** @throws Error when an operation has no handle, or a handle no operation: the function then does not start */
function checkHandles<C>({ operations, handles }: HttpApp<C>): void {
  const ids = operations.map(({ id }) => id);
  const missing = ids.filter((id) => !(id in handles));
  const unknown = Object.keys(handles).filter((id) => !ids.includes(id));
  if (missing.length > 0) throw new Error(`operations without a handle: ${missing.join(", ")}`);
  if (unknown.length > 0) throw new Error(`handles of no operation: ${unknown.join(", ")}`);
}

async function serve<C>(
  app: HttpApp<C>,
  event: APIGatewayProxyEvent,
  known: Known,
): Promise<APIGatewayProxyResult> {
  if (event.httpMethod === "OPTIONS" && app.cors) return json(204, undefined, {});
  const traced = { traceparent: traceparentOf(event) };
  known.set(event, traced);
  const request: HttpRequest = { ...readRequest(app.operations, event), ...traced };
  const { caller, headers } = await app.authorise(request);
  known.set(event, { ...headers, ...traced });
  const handle = app.handles[request.operation.id];
  if (handle === undefined) throw new Error(`operation ${request.operation.id} has no handler`);
  const answer = await handle(request, caller);
  const status = answer.status ?? request.operation.status;
  return json(status, answer.body, { ...headers, ...answer.headers, ...traced });
}

function json(status: number, body: unknown, headers: Record<string, string>): APIGatewayProxyResult {
  return {
    statusCode: status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
    },
    body: body === undefined ? "" : JSON.stringify(body),
  };
}

async function addCors<C>(
  app: HttpApp<C>,
  event: APIGatewayProxyEvent,
  response: APIGatewayProxyResult | null | undefined,
): Promise<void> {
  const origin = event.headers?.["origin"] ?? event.headers?.["Origin"];
  if (!app.cors || !origin || !response) return;
  const extra = await app.cors(origin, {
    path: event.path,
    method: event.httpMethod,
    query: queryIn(event),
  });
  response.headers = { ...response.headers, ...extra };
}

const queryIn = (event: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(event.queryStringParameters ?? {}).map(([name, value]) => [name, value ?? ""]),
  );

/** Whether a trace that begins here is among those that are told. */
const isChosen = (): boolean => Math.random() < settings().traceSampleShare;

const headersIn = (event: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? ""]),
  );

const traceparentOf = (event: APIGatewayProxyEvent): string =>
  traceOf(headersIn(event)["traceparent"], event.requestContext.requestId, isChosen());

function readRequest(
  operations: readonly Operation[],
  event: APIGatewayProxyEvent,
): Omit<HttpRequest, "traceparent"> {
  const { operation, params } = route(operations, event.httpMethod, event.path);
  const raw = event.body ?? "";
  return {
    operation,
    params,
    query: queryIn(event),
    headers: headersIn(event),
    rawBody: event.isBase64Encoded ? Buffer.from(raw, "base64").toString("utf8") : raw,
    path: event.path,
    sourceIp: event.requestContext.identity.sourceIp,
    requestId: event.requestContext.requestId,
  };
}

/** @throws AppError not_found, method_not_allowed, invalid_request (a parameter that is no id) */
function route(
  operations: readonly Operation[],
  method: string,
  path: string,
): { operation: Operation; params: Record<string, string> } {
  const parts = path.split("/");
  const matching = operations.flatMap((operation) => {
    const raw = matchPath(operation.path.split("/"), parts);
    return raw ? [{ operation, raw }] : [];
  });
  if (matching.length === 0) throw new AppError("not_found", "no such resource");
  const found = matching.find(({ operation }) => operation.method === method);
  if (found === undefined) {
    const allow = matching.map(({ operation }) => operation.method).join(", ");
    throw new AppError("method_not_allowed", `this resource allows ${allow}`, { headers: { Allow: allow } });
  }
  const params = Object.fromEntries(
    Object.entries(found.raw).map(([name, value]) => [
      name,
      pathId(name, value, found.operation.params?.[name]),
    ]),
  );
  return { operation: found.operation, params };
}

function matchPath(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of pattern.entries()) {
    const part = parts[index]!;
    if (piece.startsWith("{")) params[piece.slice(1, -1)] = part;
    else if (piece !== part) return undefined;
  }
  return params;
}

function pathId(name: string, value: string, schema: z.ZodMiniType = Id): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(value);
  } catch {
    throw new AppError("invalid_request", `path parameter ${name} is not URL-encoded UTF-8`);
  }
  const result = schema.safeParse(decoded);
  if (result.success) return decoded;
  throw new AppError(
    "invalid_request",
    `path parameter ${name}: ${result.error.issues[0]?.message ?? "is no id"}`,
    {
      errors: [
        { pointer: jsonPointer(["path", name]), detail: result.error.issues[0]?.message ?? "is no id" },
      ],
    },
  );
}

/** The body as the operation's schema describes it. @throws AppError */
export function bodyOf<T>(request: HttpRequest): T {
  const { body } = request.operation;
  if (body === undefined) throw new Error(`operation ${request.operation.id} has no body`);
  return parse(body, parseJson(request.rawBody, LIMITS)) as T;
}

/** The query as the operation's schema describes it. @throws AppError */
export function queryOf<T>(request: HttpRequest): T {
  const { query } = request.operation;
  if (query === undefined) throw new Error(`operation ${request.operation.id} has no query`);
  return parse(query, request.query) as T;
}
