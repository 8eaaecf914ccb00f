/** Finds the route of a request as API Gateway does: literal segments before `{name}`, `{name}` before `{name+}`. */

import type { RestRoute } from "../template/model.ts";

export type RouteMatch = { route: RestRoute; pathParameters: Record<string, string> | null };

type Candidate = RouteMatch & { weight: string };

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** One letter a segment, so that a plain comparison of the weights prefers the more literal route. */
function matchPath(
  pattern: string,
  path: string[],
): { weight: string; parameters: [string, string][] } | undefined {
  const parameters: [string, string][] = [];
  let weight = "";
  const expected = segmentsOf(pattern);
  for (const [index, segment] of expected.entries()) {
    const actual = path[index];
    if (actual === undefined) return undefined;
    const name = /^\{([^}+]+)(\+?)\}$/.exec(segment);
    if (name === null) {
      if (segment !== actual) return undefined;
      weight += "c";
    } else if (name[2] === "+") {
      parameters.push([name[1] ?? "", path.slice(index).join("/")]);
      return { weight: `${weight}a`, parameters };
    } else {
      parameters.push([name[1] ?? "", actual]);
      weight += "b";
    }
  }
  return expected.length === path.length ? { weight, parameters } : undefined;
}

export function matchRoute(routes: RestRoute[], method: string, path: string): RouteMatch | undefined {
  const segments = segmentsOf(path);
  let best: Candidate | undefined;
  for (const route of routes) {
    if (route.method !== method && route.method !== "ANY") continue;
    const found = matchPath(route.path, segments);
    if (found === undefined) continue;
    const weight = found.weight + (route.method === "ANY" ? "a" : "b");
    if (best !== undefined && best.weight >= weight) continue;
    const { parameters } = found;
    best = { route, weight, pathParameters: parameters.length > 0 ? Object.fromEntries(parameters) : null };
  }
  return best;
}
