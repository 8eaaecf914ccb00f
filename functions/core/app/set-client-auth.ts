import { AppError } from "../errors/app-error.ts";
import { checkEndpoint } from "../net/endpoint-rule.ts";
import type { App, ClientAuth } from "./app.ts";
import type { ClientAuthInput } from "./app-input.ts";
import type { ChangeAppPorts } from "./change-app.ts";

/**
 * How an app's end users prove who they are.
 * @throws AppError endpoint_refused for a key set that must not be fetched, not_found
 */
export async function setClientAuth(ports: ChangeAppPorts, id: string, input: ClientAuthInput): Promise<App> {
  if (input.kind === "jwks") {
    const why = whyNoKeySet(input.url);
    if (why !== undefined)
      throw new AppError("endpoint_refused", `/url: ${why}`, { errors: [{ pointer: "/url", detail: why }] });
  }
  const changed = await ports.changeApp(id, { clientAuth: input as ClientAuth });
  if (changed === undefined) throw new AppError("not_found", `there is no app ${id}`);
  return changed;
}

/** Names that lead into a network of one's own. */
const LOCAL = /\.(local|localhost|internal|home\.arpa|test|invalid|onion)$/;

/** Why a key set's URL must not be fetched; undefined when it may (its addresses are judged when it is). */
export function whyNoKeySet(url: string): string | undefined {
  const host = /^https:\/\/([a-z0-9.-]+)/.exec(url)?.[1] ?? "";
  // Any public host may hold keys, so the host itself is the allow-list: the rule judges the spelling.
  const checked = checkEndpoint(url, [host]);
  if (!checked.ok) return checked.why;
  return LOCAL.test(checked.host) ? "must name a public host" : undefined;
}
