/** `$request.body.type` -> the route key that a message asks for. */

import type { WebSocketApi, WebSocketRoute } from "../template/model.ts";

function valueAt(body: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined,
    body,
  );
}

function requestedKey(expression: string, text: string): string | undefined {
  const path = /^\$request\.body\.([\w.-]+)$/.exec(expression.replace(/^\$\{(.*)\}$/, "$$$1"))?.[1];
  if (path === undefined) return undefined;
  try {
    const value = valueAt(JSON.parse(text), path.split("."));
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    // Text that is not JSON belongs to $default.
    return undefined;
  }
}

export function selectRoute(api: WebSocketApi, text: string): WebSocketRoute | undefined {
  const key = requestedKey(api.routeSelectionExpression, text);
  const isCustom = key !== undefined && !key.startsWith("$");
  const wanted = isCustom ? api.routes.find((route) => route.key === key) : undefined;
  return wanted ?? api.routes.find((route) => route.key === "$default");
}
