import { checkEndpoint, type EndpointAnswer } from "./endpoint-rule.ts";

const HOST = /^https:\/\/([a-z0-9.-]+)/;

/**
 * Last labels under which nobody's public server can be: RFC 6761, 6762, 7686 and 8375, ICANN's `internal`, and what
 * routers and offices call their own networks.
 */
const INSIDE: ReadonlySet<string> = new Set([
  "arpa",
  "corp",
  "home",
  "internal",
  "intranet",
  "invalid",
  "lan",
  "local",
  "localdomain",
  "localhost",
  "onion",
  "private",
  "test",
]);

/**
 * Whether a webhook's URL, which may name any public host, is one that we would connect to: spelled so that every
 * parser reads the same host in it, and under a name that the public internet has. Where that name leads is looked at
 * when it is connected to.
 */
export function checkWebhookUrl(url: string): EndpointAnswer {
  // The endpoint rule, with the URL's own host for its list: all that is left of it is the spelling.
  const [, host = ""] = HOST.exec(url) ?? [];
  const answer = checkEndpoint(url, [host]);
  if (!answer.ok || !INSIDE.has(answer.host.slice(answer.host.lastIndexOf(".") + 1))) return answer;
  return { ok: false, why: "has a host of a private network" };
}
