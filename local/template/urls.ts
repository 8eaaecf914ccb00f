/** execute-api addresses of the template become addresses on this machine. */

import type { World } from "./world.ts";

export type Endpoints = {
  /** Where AWS calls go, `@connections` among them. */
  doorUrl: string;
  restUrl: string;
  webSocketUrl: string;
};

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

function localUrl(
  match: { scheme: string; id: string; path: string },
  world: World,
  endpoints: Endpoints,
): string {
  if (match.scheme === "wss") return endpoints.webSocketUrl;
  const rest = world.ofType("AWS::ApiGateway::RestApi").some((api) => api.ref === match.id);
  if (!rest) return `${endpoints.doorUrl}/${match.id}${match.path}`;
  // The local gateway serves the stage at its root.
  return withoutSlash(endpoints.restUrl) + match.path.replace(/^\/[^/]+/, "");
}

export function rewriteUrls(value: string, world: World, endpoints: Endpoints): string {
  const host = /(https|wss):\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com((?:\/[^\s"',]*)?)/g;
  return value.replace(host, (_all, scheme: string, id: string, path: string) =>
    localUrl({ scheme, id, path }, world, endpoints),
  );
}
