/** The runtime's own pages under /_local/: a table of routes that others may add to. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { urlOf } from "../gateway/http-message.ts";
import type { PathHandler } from "../gateway/server.ts";

export type LocalRequest = {
  /** Values of `{name}` in the path. */
  parameters: Record<string, string>;
  query: URLSearchParams;
  /** The parsed JSON body; `{}` when there is none. */
  body: Record<string, unknown>;
};

/** A returned string is answered as plain text, everything else as JSON; a thrown error is a 400 with its message. */
export type LocalRoute = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/_local/providers/{name}/log` */
  path: string;
  handle(request: LocalRequest): unknown;
};

function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split("/");
  const actual = path.split("/");
  if (expected.length !== actual.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = decodeURIComponent(actual[index] ?? "");
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name !== undefined) parameters[name] = value;
    else if (segment !== value) return undefined;
  }
  return parameters;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const value: unknown = text === "" ? {} : JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error("the body must be an object");
  return value as Record<string, unknown>;
}

function write(response: ServerResponse, status: number, value: unknown): void {
  const isText = typeof value === "string";
  const text = isText ? value : `${JSON.stringify(value ?? {}, undefined, 2)}\n`;
  response
    .writeHead(status, { "content-type": isText ? "text/plain; charset=utf-8" : "application/json" })
    .end(text);
}

async function run(
  route: LocalRoute,
  request: IncomingMessage,
  parameters: Record<string, string>,
): Promise<unknown> {
  const query = urlOf(request).searchParams;
  return route.handle({ parameters, query, body: await bodyOf(request) });
}

/** `routes` is read at every request, so that routes may be added later. */
export function createLocalPages(routes: readonly LocalRoute[]): PathHandler {
  return async (request, response) => {
    const path = urlOf(request).pathname;
    if (!path.startsWith("/_local") && path !== "/metrics") return false;
    for (const route of routes) {
      const parameters = route.method === request.method ? parametersOf(route.path, path) : undefined;
      if (parameters === undefined) continue;
      try {
        write(response, 200, await run(route, request, parameters));
      } catch (error) {
        write(response, 400, { error: (error as Error).message });
      }
      return true;
    }
    const known = routes.map((route) => `${route.method} ${route.path}`);
    write(response, 404, { error: `no ${request.method} ${path} here`, known });
    return true;
  };
}
